import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterPlan, letterSession, letterTest } from '../support/letters.ts'

describe('the environment of a slot', { timeout: 120_000 }, () => {
  it('has ports of its own, on which tests and agents can listen', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open({ 'run.ports': 7 })
    await sample.ingest(engine, letterPlan(['A', 'B']))
    const session = letterSession(['A', 'B'])
    const listening = `import { createServer } from 'node:net'
const base = Number(process.env.TDD_PORT_BASE)
const servers = await Promise.all(Array.from({ length: 7 }, (_, at) => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(base + at, () => resolve(server))
})))
servers.forEach((server) => server.close())
`
    for (const key of ['A', 'B']) {
      const name = key.toLowerCase()
      const stages = session.tasks[key]
      stages?.red.splice(0, 1, [{ write: { [`test/${name}.test.js`]: `${listening}${letterTest(key)}` } }])
      const writing = `test "$TDD_PORT_BASE $TDD_PORT_COUNT" = "\${TDD_PORT_BASE:?} 7" && echo "$TDD_SLOT" | grep agent_ && echo "export const ${name} = () => '${name}'" > src/${name}.js`
      stages?.green.splice(0, 1, [{ run: ['sh', '-c', writing] }])
    }
    expect(await sample.run(engine, session, { workers: 2 })).toMatchObject({
      state: 'completed',
      refusals: [],
    })
  })

  it('has in the slots of agents what setup installs, once for each slot that nobody changed', async () => {
    const setup = `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules/letters', { recursive: true })
writeFileSync('node_modules/letters/made', String(process.hrtime.bigint()))
writeFileSync(process.env.HOME + '/made', 'in HOME')
`
    const sample = engineSample({ ...letterFiles, 'setup.mjs': setup })
    await using engine = await sample.open({ 'run.workers': 1 })
    const { project, ...rest } = letterPlan(['A', 'B', 'C']) as { project: { suites: object[] } }
    const suites = project.suites.map((suite) => ({ ...suite, setup: [['node', 'setup.mjs']] }))
    await sample.ingest(engine, { ...rest, project: { suites } })
    const session = letterSession(['A', 'B', 'C'])
    const write = (name: string, then = 'true'): object => ({
      run: [
        'sh',
        '-c',
        `echo "export const ${name} = () => '${name}' // $(cat "$HOME/made") $(cat node_modules/letters/made) $(ls node_modules)" > src/${name}.js; ${then}`,
      ],
    })
    const leaves = 'mkdir node_modules/left; echo x > "$HOME/left"'
    session.tasks['A']?.green.splice(0, 1, [write('a', leaves)])
    session.tasks['B']?.green.splice(0, 1, [write('b', 'echo spoilt > node_modules/letters/made')])
    session.tasks['C']?.green.splice(0, 1, [write('c')])
    const report = await sample.run(engine, session, { workers: 1 })
    expect(report).toMatchObject({ state: 'completed', refusals: [] })
    const seen = ['a', 'b', 'c'].map((name) =>
      sample.repo.git('show', `${report.target}:src/${name}.js`).replace(/^.*\/\/ /, ''),
    )
    expect(seen[0]).toMatch(/^in HOME \d+ letters$/)
    expect(seen[1]).toBe(seen[0])
    expect(seen[2]).toMatch(/^in HOME \d+ letters$/)
    expect(seen[2]).not.toBe(seen[0])
  })
})
