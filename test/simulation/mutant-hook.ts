import { registerHooks } from 'node:module'
import { MUTANTS } from './mutants.ts'

/** Loads the code with the deliberate bug that `SIMULATED_MUTANT` names. For `node --import`. */
const mutant = MUTANTS.find(({ name }) => name === process.env['SIMULATED_MUTANT'])
if (mutant === undefined) throw new Error(`there is no mutant ${String(process.env['SIMULATED_MUTANT'])}`)
const left = new Set(mutant.edits)
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    const edits = mutant.edits.filter(({ file }) => url.endsWith(`/src/${file}`))
    if (edits.length === 0) return loaded
    const { source } = loaded
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8')
    const changed = edits.reduce((before, edit) => {
      left.delete(edit)
      return before.replace(edit.find, () => edit.replace)
    }, text)
    return { ...loaded, source: changed }
  },
})
process.on('exit', () => {
  if (left.size > 0) process.exitCode = 3
})
