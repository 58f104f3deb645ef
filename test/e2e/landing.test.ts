import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import {
  allEvents,
  type PlayedTask,
  type PlayedTasks,
  playedPlan,
  playedSession,
  refusalLines,
  sourcePath,
  testPath,
  writesSource,
} from '../support/played-tasks.ts'
import { DRILL } from '../support/drill.ts'

const HEAD = `import { test } from 'node:test'
import assert from 'node:assert/strict'
`

describe('what holds alone and not together', () => {
  it('comes back from landing as a regression, is mended on the new head, and lands', async () => {
    const tasks: PlayedTasks = Object.fromEntries(
      ['ONE', 'TWO'].map((key) => {
        const name = key.toLowerCase()
        const plugin = (id: number): unknown => ({
          write: { [sourcePath(key)]: `export const id = ${id}\nexport const ${name} = () => '${name}'\n` },
        })
        return [key, { green: [[plugin(1)]], fix: [[plugin(2)]] } as PlayedTasks[string]]
      }),
    )
    const sample = engineSample({
      ...letterFiles,
      'test/ids.test.js': `${HEAD}import { readdirSync } from 'node:fs'
test('every module has an id of its own', async () => {
  const ids = []
  for (const name of readdirSync(new URL('../src/', import.meta.url))) {
    const { id } = await import('../src/' + name)
    if (id !== undefined) ids.push(id)
  }
  assert.equal(new Set(ids).size, ids.length)
})
`,
    })
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    const second = report.landed[1]?.task ?? ''
    expect(refusalLines(report)).toEqual([`${second} landing regression`])
    expect(report.refusals[0]?.fact).toContain('every module has an id of its own')
    expect(report).toMatchObject({ state: 'completed', attempts: 8 })
    const fixed = sample.repo.git('show', `${report.target}:${sourcePath(second)}`)
    expect(fixed).toContain('id = 2')
  })

  it('comes back where a link leads out of the repository only through what the other landed', async () => {
    const shell = (line: string): unknown => ({ run: ['sh', '-ec', line] })
    const made = { ONE: 'ln -s d/../../README.md p/L', TWO: 'rm -r p/d; ln -s .. p/d' }
    const mended = { ONE: 'rm p/L', TWO: 'rm p/d; mkdir p/d; echo kept > p/d/file' }
    const tasks: PlayedTasks = Object.fromEntries(
      (['ONE', 'TWO'] as const).map((key) => [
        key,
        { green: [[...writesSource(key), shell(made[key])]], fix: [[shell(mended[key])]] } as PlayedTask,
      ]),
    )
    const sample = engineSample({ ...letterFiles, 'README.md': 'read me\n', 'p/d/file': 'kept\n' })
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    const second = report.landed[1]?.task ?? ''
    expect(refusalLines(report)).toEqual([`${second} landing forbidden_path`])
    expect(report.refusals[0]?.fact).toBe(
      '"p/L" is a link that leads out of the files of the repository, to "../../README.md"',
    )
    expect(report).toMatchObject({ state: 'completed', attempts: 8 })
    const modes = sample.repo.git('ls-tree', '-r', report.head ?? '', 'p/').split('\n')
    expect(modes.filter((line) => line.startsWith('120000'))).toHaveLength(1)
  })

  it.runIf(DRILL)(
    'has its tests written again on the new head when they conflict, and keeps its sources',
    async () => {
      const lists = (names: string): unknown => ({
        write: { 'test/fixtures/list.js': `export const list = [${names}]\n` },
      })
      const tasks: PlayedTasks = Object.fromEntries(
        ['ONE', 'TWO'].map((key) => {
          const name = key.toLowerCase()
          const test = `import { list } from './fixtures/list.js'\n${letterTest(key)}
test('AC-${key} is listed', () => assert.ok(list.includes(${name}())))
`
          const red = [[{ write: { [testPath(key)]: test } }, lists(`'${name}'`)]]
          return [key, { red, red_fix: [[lists("'one', 'two'")]] } as PlayedTask]
        }),
      )
      const sample = engineSample({ ...letterFiles, 'test/fixtures/list.js': 'export const list = []\n' })
      await using engine = await sample.open()
      await sample.ingest(engine, playedPlan(tasks, { suite: { fixtures: ['test/fixtures/**'] } }))
      const report = await sample.run(engine, playedSession(tasks))
      const second = report.landed[1]?.task ?? ''
      expect(refusalLines(report)).toEqual([`${second} landing merge_conflict`])
      expect(report).toMatchObject({ state: 'completed', spend: { invocations: 5 } })
      const merged = sample.repo.git('show', `${report.target}:test/fixtures/list.js`)
      expect(merged).toBe("export const list = ['one', 'two']")
    },
  )

  it('goes to a person when the tests of the second pass without its sources', async () => {
    const greets = (key: string): string => `${HEAD}import { greet } from '../src/greet.js'
test('AC-${key} greets', () => assert.equal(greet(), 'hello'))
`
    const tasks: PlayedTasks = Object.fromEntries(
      ['ONE', 'TWO'].map((key) => [
        key,
        {
          red: [[{ write: { [testPath(key)]: greets(key) } }]],
          green: [
            [...writesSource(key), { write: { 'src/greet.js': "export const greet = () => 'hello'\n" } }],
          ],
        },
      ]),
    )
    const sample = engineSample({ ...letterFiles, 'src/greet.js': "export const greet = () => 'hi'\n" })
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    expect(report).toMatchObject({ state: 'incomplete', tasks: { completed: 1, needs_human: 1 } })
    expect(report.refusals).toMatchObject([{ stage: 'landing', code: 'removal_not_detected' }])
    const [landed] = report.landed
    const waiting = (await engine.world.store.tasks(report.run)).find(
      ({ definition }) => definition.key !== landed?.task,
    )
    expect(waiting?.state).toMatchObject({
      state: 'needs_human',
      reason: expect.stringContaining(landed?.merge ?? 'no landing') as string,
    })
  })
})

describe('a test that does not know what it says', () => {
  it('is refused when it is new; when it is old it is quarantined by name and stops nothing from then on', async () => {
    await using coin = await openCoin()
    const asks = (which: string): string =>
      `assert.equal(await (await fetch('${coin.url}${which}')).text(), 'yes')`
    const tasks: PlayedTasks = {
      FRESH: {
        red: [
          [
            {
              write: {
                [testPath('FRESH')]: letterTest('FRESH')
                  .replace('() => assert', 'async () => { assert')
                  .replace("'fresh'))", `'fresh'); ${asks('fresh')} })`),
              },
            },
          ],
        ],
      },
      STEADY: {},
      // Its head is one at which the old test passed each time.
      NEXT: { task: { dependsOn: ['STEADY'] } },
      LATER: { task: { dependsOn: ['NEXT'] } },
    }
    const sample = engineSample({
      ...letterFiles,
      'test/old.test.js': `${HEAD}import { existsSync } from 'node:fs'
test('flickers', async () => {
  if (existsSync(new URL('../src/later.js', import.meta.url))) ${asks('never')}
  if (existsSync(new URL('../src/steady.js', import.meta.url))) ${asks('old')}
})
`,
    })
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks, { limits: { fix: 0 } }))
    const report = await sample.run(engine, playedSession(tasks))
    expect(refusalLines(report)).toEqual(['FRESH verify flaky'])
    expect(report).toMatchObject({ tasks: { completed: 3, failed: 1 } })
    expect(report.landed.map(({ task }) => task)).toEqual(['STEADY', 'NEXT', 'LATER'])
    const quarantined = (await allEvents(engine)).filter(({ kind }) => kind === 'test_quarantined')
    expect(quarantined).toMatchObject([
      { task: 'STEADY', data: { file: 'test/old.test.js', name: 'flickers' } },
    ])
    expect(report.quarantined).toEqual([{ file: 'test/old.test.js', name: 'flickers', task: 'STEADY' }])
  })
})

/** Says `yes` to the first of the fresh questions and `no` to the first of the old ones, to all others the opposite; `never` is always `no`. */
async function openCoin(): Promise<AsyncDisposable & { readonly url: string }> {
  const asked = { fresh: 0, old: 0 }
  const server = createServer((request, response) => {
    if (request.url === '/never') return void response.end('no')
    const which = request.url === '/fresh' ? 'fresh' : 'old'
    asked[which] += 1
    response.end((asked[which] === 1) === (which === 'fresh') ? 'yes' : 'no')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
