import { describe, expect, it } from 'vitest'
import { judgeFull } from '../../src/domain/judge-full.ts'
import type { Files } from '../support/directory-laboratory.ts'
import { codesOf } from '../support/proof-samples.ts'
import { proving } from '../support/sample-project.ts'
import { inDrills } from '../support/drill.ts'

interface Change {
  readonly before: Files
  readonly tests: Files
  readonly sources: Files
  readonly testMs?: number
}

const HEAD = "import test from 'node:test'\nimport assert from 'node:assert/strict'\n"

function tests(imports: string, ...lines: readonly string[]): Files {
  return { 'test/a.test.js': `${HEAD}${imports}\n${lines.join('\n')}\n` }
}

function uses(names: string): string {
  return `import { ${names} } from '../src/a.js'`
}

const ADDS = "test('adds', () => assert.equal(add(1, 2), 3))"
const WEAK = "test('adds', () => assert.equal(typeof add(1, 2), 'number'))"
const DOUBLES = "test('doubles', () => assert.equal(twice(2), 4))"
const REFUSES = "test('refuses text', () => assert.throws(() => add('1', 2)))"
const ADD = { 'src/a.js': 'export const add = (a, b) => a + b\n' }
const BROKEN = { 'src/a.js': 'export const add = (a, b) => a - b\nexport const twice = (a) => 2 * a\n' }
const THROWING = 'export const add = (a, b) => { if (a === "1") throw a\n return a - b }\n'
const STARTS = `${HEAD}import { execFileSync } from 'node:child_process'
const said = () => execFileSync(process.execPath, ['src/a.js'], { encoding: 'utf8' }).trim()
`
const QUEUE = 'export class Queue { constructor(most = 9) { if (!(most > 0)) throw new Error("most") } }\n'

describe('a change that overrules what a test held', () => {
  it.each<[string, Change]>([
    [
      'beside an export that is renamed',
      {
        before: {
          'src/a.js': `${ADD['src/a.js']}export const sub = (a, b) => a - b\n`,
          ...tests(uses('add, sub'), ADDS, "test('subs', () => assert.equal(sub(3, 2), 1))"),
        },
        tests: tests(uses('add, minus'), WEAK, "test('subs', () => assert.equal(minus(3, 2), 1))"),
        sources: { 'src/a.js': 'export const add = (a, b) => a - b\nexport const minus = add\n' },
      },
    ],
    [
      'in a file that fails as a whole without the sources',
      {
        before: { ...ADD, ...tests(uses('add'), ADDS) },
        tests: tests(uses('add, twice'), 'const four = twice(2)', WEAK, DOUBLES),
        sources: BROKEN,
      },
    ],
    [
      'beside such a proof, and an argument that may be left out',
      {
        before: { ...ADD, ...tests(uses('add'), ADDS) },
        tests: tests(uses('add'), WEAK, REFUSES),
        sources: {
          'src/a.js':
            'export const add = (left, b, c = 0) => { if (b === 2 && left === "1") throw b\n return left - b - c }\n',
        },
      },
    ],
    [
      'and drops it beside such a proof',
      {
        before: { ...ADD, ...tests(uses('add'), ADDS) },
        tests: tests(uses('add'), REFUSES),
        sources: { 'src/a.js': THROWING },
      },
    ],
    [
      'and waits no more for what it asserts of',
      {
        before: {
          'src/a.js': 'export const has = async (a) => a > 0\n',
          ...tests(uses('has'), "test('has', async () => assert.ok(await has(1)))"),
        },
        tests: tests(uses('has, twice'), "test('has', async () => assert.ok(has(1)))", DOUBLES),
        sources: {
          'src/a.js': 'export const has = async (a) => a < 0\nexport const twice = (a) => 2 * a\n',
        },
      },
    ],
    [
      'and takes what it tests from elsewhere',
      {
        before: { ...ADD, ...tests(uses('add'), ADDS) },
        tests: {
          ...tests(`import { add } from './fake.js'\n${uses('twice')}`, ADDS, DOUBLES),
          'test/fake.js': ADD['src/a.js'],
        },
        sources: BROKEN,
      },
    ],
    [
      'where a module is missed only when it is asked as it was',
      {
        before: { ...ADD, ...tests(uses('add'), ADDS) },
        tests: tests(uses('add, twice'), WEAK.replace('1, 2', '1, 1'), DOUBLES),
        sources: {
          'src/a.js':
            "export const add = (a, b) => { if (b === 2) throw new Error(`Cannot find module 'x'`)\n return a + b }\nexport const twice = (a) => 2 * a\n",
        },
      },
    ],
    [
      'where no answer comes only when it is asked as it was',
      {
        before: { ...ADD, ...tests(uses('add'), ADDS) },
        tests: tests(uses('add, twice'), WEAK.replace('1, 2', '1, 1'), DOUBLES),
        sources: {
          'src/a.js':
            'export const add = (a, b) => (b === 2 ? new Promise((done) => setTimeout(done, 60_000)) : a + b)\nexport const twice = (a) => 2 * a\n',
        },
        testMs: 700,
      },
    ],
    ...inDrills<[string, Change]>([
      [
        'beside a proof that asks something else of the same function',
        {
          before: { ...ADD, ...tests(uses('add'), ADDS) },
          tests: tests(uses('add'), WEAK, REFUSES),
          sources: { 'src/a.js': THROWING },
        },
      ],
      [
        'beside a call of another function that takes its arguments otherwise',
        {
          before: {
            'src/a.js': `${ADD['src/a.js']}export const log = (a, b) => [a, b]\n`,
            ...tests(uses('add, log'), "test('adds', () => { log(1, 2); assert.equal(add(1, 2), 3) })"),
          },
          tests: tests(
            uses('add, log'),
            "test('adds', () => { log({ a: 1 }); assert.ok(add(1, 2)) })",
            "test('refuses text', () => { log({ a: 1 }); assert.throws(() => add('1', 2)) })",
          ),
          sources: {
            'src/a.js':
              'export const add = (a, b) => { if (a === "1") throw a\n return a - b }\nexport const log = ({ a }) => a\n',
          },
        },
      ],
      [
        'and asks another question of less',
        {
          before: { ...ADD, ...tests(uses('add'), ADDS) },
          tests: tests(uses('add'), "test('adds', () => assert.equal(typeof add(2, 1), 'number'))", REFUSES),
          sources: { 'src/a.js': THROWING },
        },
      ],
      [
        'and asks one question twice',
        {
          before: {
            ...ADD,
            ...tests(
              uses('add'),
              "test('adds', () => { assert.equal(add(1, 2), 3); assert.equal(add(2, 0), 2) })",
            ),
          },
          tests: tests(
            uses('add'),
            "test('adds', () => { assert.equal(add(2, 0), 2); assert.equal(add(2, 0), 2) })",
            REFUSES,
          ),
          sources: { 'src/a.js': THROWING },
        },
      ],
      [
        'and asks a function of its own',
        {
          before: { ...ADD, ...tests(uses('add'), "test('adds', () => { assert.equal(add(1, 2), 3) })") },
          tests: tests(
            uses('add, twice'),
            "test('adds', () => { const add = () => 3; assert.equal(add(1, 2), 3) })",
            DOUBLES,
          ),
          sources: BROKEN,
        },
      ],
      [
        'by a function beside it',
        {
          before: {
            ...ADD,
            ...tests(
              uses('add'),
              'const sums = (sum) => assert.equal(add(1, 2), sum)',
              "test('adds', () => sums(3))",
            ),
          },
          tests: tests(
            uses('add, twice'),
            'const sums = (sum) => add(1, 2) ?? sum',
            "test('adds', () => sums(3))",
            DOUBLES,
          ),
          sources: BROKEN,
        },
      ],
      [
        'by a file that tests use',
        {
          before: {
            ...ADD,
            'test/same.js': `${HEAD}export const same = (a, b) => assert.equal(a, b)\n`,
            ...tests(
              `${uses('add')}\nimport { same } from './same.js'`,
              "test('adds', () => same(add(1, 2), 3))",
            ),
          },
          tests: {
            'test/same.js': 'export const same = (a, b) => a ?? b\n',
            'test/twice.test.js': `${HEAD}${uses('twice')}\n${DOUBLES}\n`,
          },
          sources: BROKEN,
        },
      ],
    ]),
  ])('is refused: %s', async (_, change) => {
    expect(await codes(change)).toEqual(['regression'])
  })

  it.each<[string, Change]>([
    [
      'renames a method whose name it still uses',
      {
        before: {
          'src/a.js':
            'export class Text { constructor(t) { this.t = t }\n trim() { return this.t.trim() } }\n',
          ...tests(uses('Text'), "test('trims', () => assert.equal(new Text(' a ').trim(), 'a'))"),
        },
        tests: tests(uses('Text'), "test('cleans', () => assert.equal(new Text(' a ').clean(), 'a'))"),
        sources: {
          'src/a.js':
            'export class Text { constructor(t) { this.t = t }\n clean() { return this.t.trim() } }\n',
        },
      },
    ],
    [
      'answers a part otherwise, and the test asserts as much of the rest',
      {
        before: {
          'src/a.js': 'export const told = (days) => `${days} days`\n',
          ...tests(
            uses('told'),
            "test('days', () => { assert.equal(told(2), '2 days'); assert.equal(told(7), '7 days') })",
          ),
        },
        tests: tests(
          uses('told'),
          "test('days', () => { assert.equal(told(2), '2 days'); assert.equal(told(6), '6 days') })",
          "test('weeks', () => assert.equal(told(14), '2 weeks'))",
        ),
        sources: {
          'src/a.js': 'export const told = (days) => (days < 7 ? `${days} days` : `${days / 7} weeks`)\n',
        },
      },
    ],
    [
      'answers otherwise, also where it is started, and another test says so of the same question',
      {
        before: {
          'src/a.js': 'export const add = (a, b) => a + b\nconsole.log(add(1, 2))\n',
          'test/b.test.js': `${STARTS}test('says', () => assert.equal(said(), '3'))\n`,
          ...tests(uses('add'), ADDS),
        },
        tests: {
          'test/b.test.js': `${STARTS}test('says', () => assert.ok(said()))\n`,
          ...tests(uses('add'), "test('joins', () => assert.equal(add(1, 2), '12'))"),
        },
        sources: { 'src/a.js': 'export const add = (a, b) => `${a}${b}`\nconsole.log(add(1, 2))\n' },
      },
    ],
    ...inDrills<[string, Change]>([
      [
        'wants an argument more, and the test says the same with it',
        {
          before: {
            'src/a.js': QUEUE.replace('}\n', 'first() { return 1 } }\n'),
            ...tests(uses('Queue'), "test('first', () => assert.equal(new Queue().first(), 1))"),
          },
          tests: tests(
            uses('Queue'),
            "test('first', () => assert.equal(new Queue(9).first(), 1))",
            "test('wants it', () => assert.throws(() => new Queue()))",
          ),
          sources: { 'src/a.js': QUEUE.replace(' = 9', '').replace('}\n', 'first() { return 1 } }\n') },
        },
      ],
      [
        'answers later',
        {
          before: {
            'src/a.js': 'export const get = () => 1\n',
            ...tests(uses('get'), "test('gets', () => assert.equal(get(), 1))"),
          },
          tests: tests(
            uses('get'),
            "test('gets', async () => assert.equal(await get(), 1))",
            "test('waits', () => assert.equal(typeof get().then, 'function'))",
          ),
          sources: { 'src/a.js': 'export const get = async () => 1\n' },
        },
      ],
      [
        'takes its arguments otherwise, and a renamed test says so',
        {
          before: {
            'src/a.js': 'export const url = (host, port) => `${host}:${port}`\n',
            ...tests(uses('url'), "test('joins', () => assert.equal(url('h', 80), 'h:80'))"),
          },
          tests: tests(
            uses('url'),
            "test('takes both by name', () => assert.equal(url({ host: 'h', port: 80 }), 'h:80'))",
          ),
          sources: { 'src/a.js': 'export const url = ({ host, port }) => `${host}:${port}`\n' },
        },
      ],
    ]),
  ])('is none where it %s', async (_, change) => {
    expect(await codes(change)).toEqual([])
  })
})

async function codes({ before, tests: written, sources, testMs = 5_000 }: Change): Promise<string[]> {
  const base = { 'package.json': '{ "type": "module" }\n', ...before }
  const named = [...new Set([...Object.keys(base), ...Object.keys(written)])].filter((path) =>
    path.startsWith('test/'),
  )
  const project = proving({
    base,
    suite: { limits: { testMs, runMs: 20_000, outputBytes: 1_000_000 } },
    task: { criteria: [], tests: named, sources: ['src/a.js'], locks: [...named, 'src/a.js'] },
  })
  const evidence = await project.full(written, sources, await project.red(written))
  return codesOf(judgeFull({ ...project, evidence }))
}
