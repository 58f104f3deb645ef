import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession, letterTest } from '../support/letters.ts'

/** Setup installs one module into node_modules and counts its runs outside the tree. */
const SETUP = `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules/letters', { recursive: true })
writeFileSync('node_modules/letters/package.json', '{ "name": "letters", "type": "module", "main": "index.js" }')
writeFileSync('node_modules/letters/index.js', 'export const a = "a"\\n')
`

const plan = (): unknown => {
  const base = letterPlan(['A', 'B']) as { project: { suites: object[] } }
  return {
    ...base,
    project: { suites: base.project.suites.map((suite) => ({ ...suite, setup: [['node', 'setup.mjs']] })) },
  }
}

describe('setup', () => {
  it('gives every slot what the tests need', async () => {
    const sample = engineSample({ ...letterFiles, 'setup.mjs': SETUP })
    await using engine = await sample.open()
    await sample.ingest(engine, plan())
    const session = letterSession(['A', 'B'])
    session.tasks['A']?.green.splice(0, 1, [
      { write: { 'src/a.js': "import { a as letter } from 'letters'\nexport const a = () => letter\n" } },
    ])
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', refusals: [] })
  })

  it('is done again when a run changed what it installed, so that no other verdict is touched', async () => {
    const sample = engineSample({ ...letterFiles, 'setup.mjs': SETUP })
    await using engine = await sample.open()
    await sample.ingest(engine, plan())
    const session = letterSession(['A', 'B'])
    const spoiling = `import { writeFileSync } from 'node:fs'\ntry { writeFileSync('node_modules/letters/index.js', 'export const a = "spoilt"') } catch (error) { if (error.code !== 'EROFS') throw error }\n`
    session.tasks['B']?.red.splice(0, 1, [{ write: { 'test/b.test.js': `${spoiling}${letterTest('B')}` } }])
    session.tasks['A']?.green.splice(0, 1, [
      { write: { 'src/a.js': "import { a as letter } from 'letters'\nexport const a = () => letter\n" } },
    ])
    expect(await sample.run(engine, session, { workers: 2 })).toMatchObject({ state: 'completed' })
  })

  it('leaves tools their caches beside what it installed, empty for each run', async () => {
    const sample = engineSample({ ...letterFiles, 'setup.mjs': SETUP })
    await using engine = await sample.open()
    await sample.ingest(engine, plan())
    const caching = `import { existsSync, writeFileSync } from 'node:fs'
const cache = 'node_modules/.vite-temp/config.mjs'
if (existsSync(cache)) throw new Error('left over')
writeFileSync(cache, '')
`
    const session = letterSession(['A', 'B'])
    session.tasks['A']?.red.splice(0, 1, [{ write: { 'test/a.test.js': `${caching}${letterTest('A')}` } }])
    expect(await sample.run(engine, session)).toMatchObject({ state: 'completed', refusals: [] })
  })

  it('that fails is the fault of the machine: it is tried again, and no agent is blamed', async () => {
    const sample = engineSample({ ...letterFiles, 'setup.mjs': 'process.exit(3)\n' })
    await using engine = await sample.open()
    await sample.ingest(engine, { ...(plan() as object), limits: { infrastructure: 1 } })
    const report = await sample.run(engine, letterSession(['A', 'B']))
    expect(report).toMatchObject({ state: 'incomplete', tasks: { needs_human: 2 }, refusals: [] })
    const task = await engine.world.store.task(report.run, 'A')
    expect(task?.state).toMatchObject({ reason: expect.stringContaining('setup_failed') as string })
  })
})
