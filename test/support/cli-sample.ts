import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import { statePlace } from '../../src/config/state-place.ts'
import { findRepository } from '../../src/runtime/repository-id.ts'
import { type ProgramEnd, type ProgramStart, runProgram } from './built-program.ts'
import { type TempFiles, type TempRepo, tempRepo } from './temp-repo.ts'

/** A repository in which the built program is called as a person would. */
export interface CliSample {
  readonly repo: TempRepo
  readonly env: Readonly<Record<string, string>>
  /** Runs the program there. */
  cli(args: readonly string[], start?: Partial<ProgramStart>): Promise<ProgramEnd>
  /** Runs it with --json and answers the document. */
  json(args: readonly string[], start?: Partial<ProgramStart>): Promise<JsonEnd>
  /** Writes a file beside the repository and answers its path. */
  beside(name: string, content: unknown): string
  /** Every file of the repository with its content: checkout, index, configuration, refs, objects. */
  picture(): string[]
}

export interface JsonEnd {
  readonly code: number | null
  readonly document: Readonly<Record<string, unknown>>
  readonly stderr: string
}

/** Where the program keeps the store of a sample. */
export async function storeOf({ repo, env }: CliSample): Promise<string> {
  const repository = findRepository(repo.root)
  if (repository === null) throw new Error('the sample has no repository')
  return (await statePlace(repository, { cwd: repo.root, env })).db
}

export const NODE_PROJECT: TempFiles = {
  'package.json': '{ "name": "sample", "type": "module", "version": "1.0.0" }\n',
  'src/add.js': 'export const add = (a, b) => a + b\n',
  'test/add.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { add } from '../src/add.js'
test('adds', () => assert.equal(add(1, 2), 3))
`,
}

/** Proofs run once here: that they are steady is shown where repeats are the subject. */
export function cliSample(repo: TempRepo = tempRepo(NODE_PROJECT)): CliSample {
  const env = { ...repo.env, XDG_STATE_HOME: repo.state, TDD_VERIFY_REPEATS: '1' }
  const cli: CliSample['cli'] = (args, start = {}) => runProgram(args, { cwd: repo.root, env, ...start })
  return {
    repo,
    env,
    cli,
    json: async (args, start) => {
      const { code, stdout, stderr } = await cli([...args, '--json'], start)
      return { code, document: JSON.parse(stdout) as JsonEnd['document'], stderr }
    },
    beside: (name, content) => {
      const directory = join(repo.directory, 'beside')
      mkdirSync(directory, { recursive: true })
      const path = join(directory, name)
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
      return path
    },
    picture: () => filesBelow(repo.root),
  }
}

/** A task of `name(n)`, its test and its source, as plan and session write them. */
export function numberTask(
  name: string,
  over: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    key: `${name.toUpperCase()}-1`,
    title: `Make ${name}`,
    goal: `${name}(2) is 4`,
    criteria: [{ id: 'AC-1', text: `${name}(2) is 4` }],
    tests: [`test/${name}.test.js`],
    sources: [`src/${name}.js`],
    ...over,
  }
}

export function numberTest(name: string): Readonly<Record<string, unknown>> {
  const text = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('AC-1 ${name}', () => assert.equal(${name}(2), 4))
`
  return { write: { [`test/${name}.test.js`]: text } }
}

export function numberSource(name: string, body = 'n + n'): Readonly<Record<string, unknown>> {
  return { write: { [`src/${name}.js`]: `export const ${name} = (n) => ${body}\n` } }
}

/** A test that holds already: RED refuses it however often it comes. */
export function emptyTest(name: string, value: number): Readonly<Record<string, unknown>> {
  const text = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { add } from '../src/add.js'
test('AC-1 ${name}', () => assert.equal(add(${value}, 0), ${value}))
`
  return { write: { [`test/${name}.test.js`]: text } }
}

/** The error document of a call that was refused. */
export function expectError(
  end: JsonEnd,
  expected: { readonly code: string; readonly exit?: number; readonly says?: RegExp },
): void {
  const error = end.document['error'] as { code: string; message: string; hint: string | null } | undefined
  expect(error, end.stderr).toMatchObject({ code: expected.code })
  expect(end.code).toBe(expected.exit ?? 2)
  expect(`${error?.message}\n${error?.hint}`).toMatch(expected.says ?? /\S/)
  expect(error?.hint ?? '', 'every error says what to do').toMatch(/\S/)
  expect(end.stderr, 'no stack trace').not.toMatch(/\n\s+at .+:\d+/)
}

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${relative(root, path)} ${statSync(path).size} ${readFileSync(path).toString('base64')}`)
    .toSorted()
}
