import { registerHooks } from 'node:module'
import { MUTANTS } from './mutants.ts'

/** Loads the code with the deliberate bug that `SIMULATED_MUTANT` names. For `node --import`. */
const mutant = MUTANTS.find(({ name }) => name === process.env['SIMULATED_MUTANT'])
if (mutant === undefined) throw new Error(`there is no mutant ${String(process.env['SIMULATED_MUTANT'])}`)
let isApplied = false
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    if (!url.endsWith(`/src/${mutant.file}`)) return loaded
    const { source } = loaded
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8')
    if (!text.includes(mutant.find)) throw new Error(`${mutant.file} does not hold: ${mutant.find}`)
    isApplied = true
    return { ...loaded, source: text.replace(mutant.find, () => mutant.replace) }
  },
})
process.on('exit', () => {
  if (!isApplied) process.exitCode = 3
})
