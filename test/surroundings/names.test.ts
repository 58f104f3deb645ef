import { execFileSync } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type CliSample,
  cliSample,
  expectError,
  NODE_PROJECT,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { tempRepo } from '../support/temp-repo.ts'

const FAMILY = '\u{1F469}\u200D\u{1F469}\u200D\u{1F467}'
const NOT_UTF8 = Buffer.from([0x6e, 0x6f, 0x74, 0xff, 0xfe, 0x2e, 0x74, 0x78, 0x74])

/** Names without an ending, of which a test, a source and a file that was there before are made. */
const NAMES: Readonly<Record<string, string>> = {
  LETTERS:
    '\u00e9t\u00e9-a\u030angstro\u0308m-z\u0351\u036b\u0343\u032a-\u05e9\u05dc\u05d5\u05dd-\u0645\u0631',
  JOINED: `--help -x ${FAMILY}`,
  QUOTES: ` it's "so" \`\${x}\` $(id).. `,
  GLOB: 'a[b](e)!+@#%&;',
  LONGEST: 'n'.repeat(255 - '.test.js'.length),
}

/** Names that only files have that were there before. */
const NOT_FOR_PLANS = ['a\u0001\u001b[31mb\u007f', 'one\ntwo\r\tthree', 'back\\slash']

function test(key: string): string {
  return `test/${NAMES[key]}.test.js`
}

function source(key: string): string {
  return `src/${NAMES[key]}.js`
}

/** What an address may not hold as it is. */
function specifier(key: string): string {
  return (NAMES[key] ?? '').replaceAll(/[%?#\\\u0000-\u001f\u007f]/g, encodeURIComponent)
}

function session(key: string): unknown {
  const text = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { value } from ${JSON.stringify(`../src/${specifier(key)}.js`)}
test('AC-${key} is ${key}', () => assert.equal(value(), '${key}'))
`
  const red = [[{ write: { [test(key)]: text } }]]
  const green = [[{ write: { [source(key)]: `export const value = () => '${key}'\n` } }]]
  return { red, red_fix: [], green, fix: [] }
}

function planOf(keys: readonly string[]): unknown {
  return {
    version: 1,
    title: 'Names',
    tasks: keys.map((key) => ({
      key,
      title: `Return ${key}`,
      goal: `value() is ${key}`,
      criteria: [{ id: `AC-${key}`, text: `value() is ${key}` }],
      tests: [test(key)],
      sources: [source(key)],
    })),
  }
}

/** A repository whose directory has such a name too, with files of all these names and of one that is no text. */
function oddlyNamed(): CliSample {
  const there = [...Object.values(NAMES), ...NOT_FOR_PLANS].map((name) => [`kept/${name}`, 'kept\n'] as const)
  const deep = Array.from({ length: 14 }, (_, at) => `${at}-${'d'.repeat(240)}`).join('/')
  const repo = tempRepo({ ...NODE_PROJECT, ...Object.fromEntries(there), [`${deep}/kept.txt`]: 'kept\n' })
  writeFileSync(Buffer.concat([Buffer.from(`${repo.root}/kept/`), NOT_UTF8]), 'kept\n')
  repo.commit({})
  const root = join(repo.directory, `-r\u00e9po "q" 'x'\n${FAMILY} \u05e9`)
  renameSync(repo.root, root)
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, env: repo.env, encoding: 'utf8' }).replace(/\n$/, '')
  return cliSample({ ...repo, root, git })
}

describe.runIf(DRILL)('names as people and file systems write them', () => {
  it('land as tests, as sources, as the target and as the directory of the repository, and the proof holds', async () => {
    const sample = oddlyNamed()
    const keys = Object.keys(NAMES)
    const tasks = Object.fromEntries(keys.map((key) => [key, session(key)]))
    const played = sample.beside('s.session.json', { version: 1, tasks })
    const handedIn = await sample.cli(['ingest', sample.beside('plan.json', planOf(keys))])
    expect(handedIn.code, handedIn.stderr).toBe(0)
    const target = `tdd/${FAMILY}/\u00e9"'`
    const play = ['--agent', 'scripted', '--session', played, '--workers', '2', '--target', target]
    sample.repo.git('branch', target)
    const end = await sample.json(['run', ...play])
    expect(end.code, end.stderr).toBe(0)
    expect(end.document, end.stderr).toMatchObject({ state: 'completed', refusals: [], target })
    const files = sample.repo.git('ls-tree', '-r', '-z', '--name-only', target).split('\0')
    expect(files).toEqual(expect.arrayContaining(keys.flatMap((key) => [test(key), source(key)])))
    const proof = await sample.json(['prove', `main..${target}`])
    expect(proof.code, proof.stderr).toBe(0)
    expect(sample.repo.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  it('are refused where no plan, key or branch may have them, with the reason', async () => {
    const sample = cliSample()
    const refused = async (task: Readonly<Record<string, unknown>>): Promise<string> => {
      const plan = sample.beside('plan.json', {
        version: 1,
        title: 'Names',
        tasks: [{ ...numberTask('double'), ...task }],
      })
      const { code, stderr } = await sample.cli(['ingest', plan])
      expect(code, stderr).toBe(2)
      return stderr
    }
    for (const name of NOT_FOR_PLANS)
      expect(await refused({ sources: [`src/${name}.js`] })).toMatch(/control character|backslash/)
    for (const path of ['.GIT/hooks/x', 'git~1/x', '.g\u200cit/config', '../out.js', '/etc/out.js', ''])
      expect(await refused({ sources: [path] }), path).toContain('tasks[0].sources[0]')
    for (const key of ['\u00e9', FAMILY, 'a b', '-x', 'a..b', 'x.lock'])
      expect(await refused({ key }), key).toContain('key')
    await sample.cli(['ingest', sample.beside('plan.json', onePlan())])
    for (const target of ['a..b', '-x', 'a\u0001b', 'x.lock', 'a b', '@{'])
      expectError(await sample.json(['run', `--target=${target}`]), { code: 'usage', says: /branch/ })
  })

  it('are refused where an agent makes such a file that git, or another file system, cannot hold beside the rest', async () => {
    const made: Readonly<Record<string, string>> = {
      GIT: 'mkdir .GIT && echo x > .GIT/config',
      SHORT: 'mkdir git~1 && echo x > git~1/config',
      HIDDEN:
        'mkdir "$(printf \'.g\\342\\200\\214it\')" && echo x > "$(printf \'.g\\342\\200\\214it\')/config"',
      BYTES: 'echo x > "$(printf \'test/not\\377text.js\')"',
      CASE: 'echo x > test/Add.test.js',
      FORM: 'echo x > "$(printf \'test/\\303\\251.js\')" && echo x > "$(printf \'test/e\\314\\201.js\')"',
    }
    const keys = Object.keys(made)
    const sample = cliSample()
    const tasks = keys.map((key) => ({ ...numberTask(key.toLowerCase()), key }))
    const played = keys.map((key) => {
      const red = [numberTest(key.toLowerCase()), { run: ['sh', '-c', made[key]] }]
      return [key, { red: [red], red_fix: [red, red], green: [], fix: [] }]
    })
    const session = { version: 1, tasks: Object.fromEntries(played) as unknown }
    await sample.cli(['ingest', sample.beside('plan.json', { version: 1, title: 'Made', tasks })])
    const play = ['--agent', 'scripted', '--session', sample.beside('s.session.json', session)]
    const { document, stderr } = await sample.json(['run', '--workers', '1', ...play], {
      env: { ...sample.env, ...PATIENT },
    })
    expect(document, stderr).toMatchObject({ state: 'incomplete', landed: [] })
    const refusals = document['refusals'] as { task: string; code: string; fact: string }[]
    expect([...new Set(refusals.map(({ code }) => code))], stderr).toEqual(['forbidden_path'])
    const facts = Object.fromEntries(refusals.map(({ task, fact }) => [task, fact]))
    for (const key of ['GIT', 'SHORT', 'HIDDEN']) expect(facts[key]).toContain('git keeps for itself')
    expect(facts['BYTES']).toContain('not text in UTF-8')
    expect(facts['CASE']).toBe(
      '"test/Add.test.js" is the same as "test/add.test.js" but for letter case or Unicode form',
    )
    expect(facts['FORM']).toContain('but for letter case or Unicode form')
  })
})

/** No circuit is to hold back who is refused again and again. */
const PATIENT = {
  TDD_CIRCUIT_STAGE_MAX_FAILURES: '100',
  TDD_CIRCUIT_WORKER_MAX_CONSECUTIVE: '100',
  TDD_CIRCUIT_SYSTEM_RATE_OUTCOMES: '1000',
}

function onePlan(): unknown {
  return { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
}
