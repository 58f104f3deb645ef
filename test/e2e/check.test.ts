import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check } from '../../src/engine/check.ts'
import type { CheckReport } from '../../src/protocol/output/check-report.ts'
import { openBench } from '../../src/engine/open.ts'
import { cliSample } from '../support/cli-sample.ts'
import { ONCE } from '../support/engine-sample.ts'
import { tempRepo, type TempRepo } from '../support/temp-repo.ts'
import { DRILL } from '../support/drill.ts'

const ADD = 'export const add = (a, b) => a + b\n'
const ADD_TEST = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { add } from '../src/add.js'
test('adds', () => assert.equal(add(1, 2), 3))
`
const SUB_TEST = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { sub } from '../src/add.js'
test('subtracts', () => assert.equal(sub(3, 2), 1))
`
const BASE = {
  'package.json': '{ "name": "x", "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/add.js': ADD,
  'test/add.test.js': ADD_TEST,
}
/** Put together here, so that this file itself holds nothing that looks like one. */
const SECRET = ['sk-', 'ant-api03-Q7wErTyUiOpAsDfGhJkLzXcV'].join('')
const SUB = `${ADD}export const sub = (a, b) => a - b\n`

describe('check', () => {
  it('proves a change whose tests fail before it and pass after it', async () => {
    const repo = tempRepo(BASE)
    repo.commit({ 'src/add.js': SUB, 'test/sub.test.js': SUB_TEST })
    const report = await checked(repo, 'HEAD~1..HEAD')
    expect(report).toEqual({
      verdict: 'proven',
      tests: [
        { file: 'test/sub.test.js', name: 'subtracts', base: 'missing', red: 'failed', green: 'passed' },
      ],
      refusals: [],
      unclaimed: [],
    })
  })

  it('refuses tests that pass without the sources', async () => {
    const repo = tempRepo(BASE)
    repo.commit({
      'src/add.js': SUB,
      'test/more.test.js': ADD_TEST.replace("'adds'", "'adds again'"),
    })
    expect(await checked(repo, 'HEAD~1..HEAD')).toMatchObject({
      verdict: 'refused',
      refusals: [{ code: 'unexpected_green', hint: expect.stringContaining('write tests') as string }],
    })
  })

  it('runs nothing of a change with a link that leads out of the repository, or with a secret', async () => {
    const repo = tempRepo(BASE)
    const ran = join(repo.state, 'ran')
    const test = `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(ran)}, '')\n${SUB_TEST}`
    repo.commit({ 'src/add.js': SUB, 'test/sub.test.js': test, data: { link: '/etc' } })
    expect(await checked(repo, 'HEAD~1..HEAD')).toMatchObject({
      verdict: 'refused',
      tests: [],
      refusals: [{ code: 'forbidden_path', fact: expect.stringContaining('"data"') as string }],
    })
    repo.commit({ 'src/add.js': `${SUB}// ${SECRET}\n` })
    expect(await checked(repo, 'HEAD~1..HEAD', { ANTHROPIC_API_KEY: SECRET })).toMatchObject({
      verdict: 'refused',
      refusals: [{ code: 'secret_found', fact: expect.stringContaining('"src/add.js"') as string }],
    })
    expect(existsSync(ran)).toBe(false)
  })

  it('refuses a change that breaks a test which passed', async () => {
    const repo = tempRepo(BASE)
    repo.commit({ 'src/add.js': SUB.replace('a + b', 'a * b'), 'test/sub.test.js': SUB_TEST })
    const report = await checked(repo, 'HEAD~1..HEAD')
    expect(report.refusals.map(({ code }) => code)).toContain('regression')
  })

  it.runIf(DRILL)('proves a change that puts a test in the place of another one', async () => {
    const repo = tempRepo(BASE)
    const renamed = ADD_TEST.replace("'adds'", "'adds texts as numbers'").replace('add(1, 2)', "add('1', 2)")
    repo.commit({ 'src/add.js': ADD.replace('a + b', 'Number(a) + b'), 'test/add.test.js': renamed })
    const dropped = { name: 'adds', base: 'passed', red: 'missing', green: 'missing' }
    expect(await checked(repo, 'HEAD')).toMatchObject({
      verdict: 'proven',
      tests: [{ name: 'adds texts as numbers', green: 'passed' }, dropped],
      refusals: [],
    })
  })

  it.runIf(DRILL).each([
    [
      'whose name says so',
      (n: number) => `test('adds 1 and 2 to ${n}', () => assert.equal(add(1, 2), ${n}))\n`,
    ],
    [
      'that is a row of a table',
      (n: number) =>
        `for (const sum of [${n}]) test(\`adds 1 and 2 to \${sum}\`, () => assert.equal(add(1, 2), sum))\n`,
    ],
  ])('proves a change of an expectation %s', async (_, test) => {
    const other = "test('adds nothing', () => assert.equal(add(0, 0), 0))\n"
    const text = (n: number): string => ADD_TEST.replace(/test\('adds'.*\n/, other + test(n))
    const repo = tempRepo({ ...BASE, 'test/add.test.js': text(3) })
    repo.commit({ 'src/add.js': 'export const add = (a, b) => a + b * 2\n', 'test/add.test.js': text(5) })
    expect(await checked(repo, 'HEAD')).toMatchObject({ verdict: 'proven', refusals: [] })
  })

  it.each([
    ['within its file', { 'test/twice.test.js': SUB_TEST }],
    ['with its file', { 'test/twice.test.js': null, 'test/sub.test.js': SUB_TEST }],
  ])('refuses to take a test away whose behaviour the change breaks, %s', async (_, tests) => {
    const more = { 'src/twice.js': 'export const twice = (n) => n * 2\n' }
    const twiceTest = SUB_TEST.replace('add.js', 'twice.js')
      .replaceAll('sub', 'twice')
      .replace('(3, 2), 1', '(2), 4')
    const repo = tempRepo({ ...BASE, ...more, 'test/twice.test.js': twiceTest })
    repo.commit({ 'src/twice.js': 'export const twice = (n) => n * 3\n', 'src/add.js': SUB, ...tests })
    expect(await codesOf(repo)).toEqual(['regression'])
  })

  it.runIf(DRILL)('refuses a test that was weakened, and a change that breaks what it held', async () => {
    const repo = tempRepo(BASE)
    const weak = ADD_TEST.replace('assert.equal(add(1, 2), 3)', "assert.equal(typeof add(1, 2), 'number')")
    repo.commit({
      'src/add.js': SUB.replace('a + b', 'a * b'),
      'test/add.test.js': weak,
      'test/sub.test.js': SUB_TEST,
    })
    expect(await codesOf(repo)).toEqual(['regression'])
  })

  it.runIf(DRILL)('refuses to take a test away that holds and that no other one replaces', async () => {
    const two = `${ADD_TEST}test('adds zero', () => assert.equal(add(1, 0), 1))\n`
    const repo = tempRepo({ ...BASE, 'test/add.test.js': two })
    repo.commit({ 'src/add.js': SUB, 'test/add.test.js': SUB_TEST })
    expect(await codesOf(repo)).toContain('regression')
  })

  it.runIf(DRILL)('proves a change that expects something else by a value beside the tests', async () => {
    const test = ADD_TEST.replace('2), 3)', '2), SUM)')
    const repo = tempRepo({ ...BASE, 'test/add.test.js': `const SUM = 3\n${test}` })
    repo.commit({
      'src/add.js': ADD.replace('a + b', 'a + b + 1'),
      'test/add.test.js': `const SUM = 4\n${test}`,
    })
    expect(await checked(repo, 'HEAD')).toMatchObject({
      verdict: 'proven',
      tests: [{ name: 'adds', base: 'passed', red: 'failed', green: 'passed' }],
    })
  })

  it.runIf(DRILL)('judges tests with the suite that they are of, and no other suite with them', async () => {
    const suites = ['one', 'two', 'three'].map(
      (name) =>
        `[[suites]]\nname = "${name}"\nrunner = "node"\ncwd = "packages/${name}"\ntests = ["test/**"]\nsources = ["src/**"]\n`,
    )
    const packages = Object.assign({}, ...['one', 'two', 'three'].map((name) => inPackage(name, BASE)))
    const repo = tempRepo({ ...packages, '.tdd/config.toml': suites.join('') })
    const change = { 'src/add.js': SUB, 'test/sub.test.js': SUB_TEST }
    repo.commit({ ...inPackage('one', change), ...inPackage('two', change) })
    const report = await checked(repo, 'HEAD')
    expect(report).toMatchObject({ verdict: 'proven', refusals: [] })
    expect(report.tests.map(({ file }) => file)).toEqual([
      'packages/one/test/sub.test.js',
      'packages/two/test/sub.test.js',
    ])
  })

  describe('of a change that alters what its tests lean on', () => {
    const suite = '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n'
    const helper = `import assert from 'node:assert/strict'\nexport const check = (is, to) => assert.equal(is, to)\n`
    const base = { ...BASE, '.tdd/config.toml': suite, 'testing/check.js': helper }
    const test = SUB_TEST.replace("import assert from 'node:assert/strict'", '')
      .replace('import { sub', "import { check } from '../testing/check.js'\nimport { sub")
      .replace('assert.equal', 'check')

    it('counts the helper to the tests: one that asserts nothing proves nothing', async () => {
      const repo = tempRepo(base)
      const more = test.replace('{ sub }', '{ add }').replace("'subtracts'", "'adds texts'")
      repo.commit({
        'src/add.js': `${ADD}// as texts\n`,
        'test/texts.test.js': more.replace('sub(3, 2), 1', "add('1', 2), 3"),
        'testing/check.js': 'export const check = () => undefined\n',
      })
      expect(await codesOf(repo)).toEqual(['unexpected_green'])
    })

    it('proves one that only adds to the helper', async () => {
      const repo = tempRepo(base)
      const more = `${helper}export const same = check\n`
      const other = test.replaceAll('check', 'same').replace('same.js', 'check.js')
      repo.commit({ 'src/add.js': SUB, 'test/sub.test.js': other, 'testing/check.js': more })
      expect(await checked(repo, 'HEAD')).toMatchObject({ verdict: 'proven', refusals: [] })
    })
  })

  describe('of a change whose sources no suite claims', () => {
    const suite = '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n'
    const slug = "export const slug = (text) => text.replaceAll(' ', '-')\n"
    const slugTest = ADD_TEST.replace('{ add }', '{ slug }').replace('src/add.js', 'scripts/slug.js')
    const base = {
      ...BASE,
      '.tdd/config.toml': suite,
      'scripts/slug.js': slug,
      'test/slug.test.js': slugTest.replace('add(1, 2), 3', "slug('a b'), 'a-b'"),
    }

    it.each<[string, Readonly<Record<string, string>>]>([
      [
        'alone',
        {
          'scripts/slug.js': slug.replace('text.', 'text.toLowerCase().'),
          'test/slug.test.js': slugTest.replace('add(1, 2), 3', "slug('A b'), 'a-b'"),
        },
      ],
      [
        'with a name that is new',
        {
          'scripts/slug.js': `${slug}export const shout = (text) => text.toUpperCase()\n`,
          'test/shout.test.js': slugTest
            .replace('{ slug }', '{ shout }')
            .replace('add(1, 2), 3', "shout('a'), 'A'"),
        },
      ],
      [
        'with a file that comes with them, beside others',
        {
          'scripts/slug.js': `import { low } from './low.js'\n${slug.replace('text.', 'low(text).')}`,
          'scripts/low.js': 'export const low = (text) => text.toLowerCase()\n',
          'test/slug.test.js': slugTest.replace('add(1, 2), 3', "slug('A b'), 'a-b'"),
          'src/add.js': SUB,
          'test/sub.test.js': SUB_TEST,
        },
      ],
    ])('proves them, %s', async (_, files) => {
      const repo = tempRepo(base)
      repo.commit(files)
      expect(await checked(repo, 'HEAD')).toMatchObject({ verdict: 'proven', refusals: [] })
    })
  })

  it('refuses `.only` alone where it keeps injected assertions from running', async () => {
    const suite =
      '[[suites]]\nname = "main"\nrunner = "node"\nargs = ["--test-only"]\ntests = ["test/**"]\nsources = ["src/**"]\n'
    const repo = tempRepo({ ...BASE, '.tdd/config.toml': suite })
    repo.commit({ 'src/add.js': SUB, 'test/sub.test.js': SUB_TEST.replace('test(', 'test.only(') })
    expect(await codesOf(repo)).toEqual(['code_quality'])
  })

  it('does not apply to a change without tests', async () => {
    const repo = tempRepo(BASE)
    repo.commit({ 'src/add.js': SUB })
    const nothing = { tests: [], refusals: [], unclaimed: [] }
    expect(await checked(repo, 'HEAD')).toEqual({ verdict: 'not_applicable', ...nothing })
  })

  describe('of a change that brings a package', () => {
    const another = inPackage('two', { ...BASE, 'src/add.js': SUB, 'test/sub.test.js': SUB_TEST })

    it('finds its suite where none is configured, whatever is checked out', async () => {
      const repo = tempRepo(inPackage('one', BASE))
      repo.git('checkout', '-q', '-b', 'more')
      repo.commit(another)
      repo.git('checkout', '-q', '-')
      expect(await checked(repo, 'more')).toMatchObject({
        verdict: 'proven',
        tests: [{ file: 'packages/two/test/add.test.js' }, { file: 'packages/two/test/sub.test.js' }],
        unclaimed: [],
      })
    })

    it('names tests that no suite of the configuration claims, and says what mends it', async () => {
      const suite =
        '[[suites]]\nname = "one"\nrunner = "node"\ncwd = "packages/one"\ntests = ["test/**"]\nsources = ["src/**"]\n'
      const sample = cliSample(tempRepo({ ...inPackage('one', BASE), '.tdd/config.toml': suite }))
      sample.repo.commit({ ...another, 'q/test_x.py': '', 'z/test/more.test.ts': '' })
      const { code, stdout } = await sample.cli(['check', 'HEAD'])
      expect(code).toBe(2)
      expect(stdout).toContain(
        'Not applicable: no suite claims packages/two/test/add.test.js, packages/two/test/sub.test.js, q/test_x.py (and 1 more).',
      )
      expect(stdout).toContain('orchestrator init --force')
    })
  })

  it('says which revision is unknown or has no parent, and that nothing changed', async () => {
    const repo = tempRepo(BASE)
    await expect(checked(repo, 'nowhere..HEAD')).rejects.toMatchObject({ code: 'revision_unknown' })
    await expect(checked(repo, 'HEAD..HEAD')).rejects.toMatchObject({ code: 'nothing_to_check' })
    await expect(checked(repo, 'nowhere')).rejects.toThrow('"nowhere" names no commit here')
    await expect(checked(repo, 'HEAD')).rejects.toMatchObject({
      code: 'revision_unknown',
      message: expect.stringContaining('"HEAD" has no parent') as string,
      hint: expect.stringContaining('BASE..HEAD') as string,
    })
  })
})

function inPackage(name: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`packages/${name}/${path}`, text]))
}

async function codesOf(repo: TempRepo): Promise<string[]> {
  return (await checked(repo, 'HEAD')).refusals.map(({ code }) => code)
}

async function checked(
  repo: TempRepo,
  range: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<CheckReport> {
  const env = { ...repo.env, XDG_STATE_HOME: repo.state, ...variables }
  await using bench = await openBench({ directory: repo.root, env, flags: ONCE })
  return await check(bench, { range, signal: new AbortController().signal, onSuite: () => undefined })
}
