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
})
