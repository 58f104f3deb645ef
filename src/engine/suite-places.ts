import { lstat, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { definedOnly } from '../config/environment.ts'
import type { SuitePlace } from '../config/suites.ts'
import { passedSecrets } from '../domain/passed-secrets.ts'
import type { Command, Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import type { IncludedFiles } from '../git/included-files.ts'
import { utf8Text } from '../runtime/utf8-text.ts'

/** What suites have of this place: it is read when the engine opens, and no part of what is recorded. */
export interface SuitePlaces {
  /** Variables of the files that a suite names, by suite. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly teardown: Readonly<Record<string, readonly Command[]>>
  /** Whether what setup left may be copied to other slots, by suite, where people say so. */
  readonly copySetup: Readonly<Record<string, boolean | undefined>>
  /** Values of these files, and of those that trees get beside their own, that are kept out of what commands and agents tell. */
  readonly secrets: readonly string[]
}

const MOST_BYTES = 256 * 1024

/** Reads the files of variables in the checkout. Throws `config_invalid` for one that is not there or not inside. */
export async function readSuitePlaces(
  workTree: string,
  suites: readonly Suite[],
  given: {
    readonly places: Readonly<Record<string, SuitePlace>>
    readonly included: IncludedFiles
  },
): Promise<SuitePlaces> {
  const env: Record<string, Record<string, string>> = {}
  for (const suite of suites) {
    const variables: Record<string, string> = {}
    for (const name of given.places[suite.name]?.envFiles ?? [])
      Object.assign(variables, parseEnv(await textOf(workTree, suite, name)))
    env[suite.name] = variables
  }
  const texts = [...given.included.contents].filter(([path]) => looksLikeEnv(path))
  const sources = [
    ...Object.values(env),
    ...texts.map(([, { content }]) => definedOnly(parseEnv(content.toString('utf8')))),
  ]
  return {
    env,
    teardown: Object.fromEntries(
      Object.entries(given.places).map(([name, { teardown }]) => [name, teardown]),
    ),
    copySetup: Object.fromEntries(
      Object.entries(given.places).map(([name, { copySetup }]) => [name, copySetup]),
    ),
    secrets: [...new Set(sources.flatMap((variables) => passedSecrets(variables, [])))],
  }
}

function looksLikeEnv(path: string): boolean {
  return /(^|\/)([^/]*\.)?env(\.[^/]*)?$/.test(path)
}

async function textOf(workTree: string, suite: Suite, name: string): Promise<string> {
  const root = await realpath(workTree)
  const path = await realpath(join(root, suite.cwd, name)).catch(() => null)
  if (path === null) throw unusable(suite, name, 'is not in the checkout')
  if (!path.startsWith(`${root}/`)) throw unusable(suite, name, 'leads out of the repository')
  const found = await lstat(path)
  if (!found.isFile() || found.size > MOST_BYTES)
    throw unusable(suite, name, `is no file of at most ${MOST_BYTES} bytes`)
  const read = utf8Text(await readFile(path))
  if ('notUtf8' in read) throw unusable(suite, name, `is no text: line ${read.notUtf8} is not UTF-8`)
  const { text } = read
  // No command could be started with it, and what is said then names something else.
  if (text.includes('\0')) throw unusable(suite, name, 'is no text: it holds a NUL byte')
  return text
}

function unusable(suite: Suite, name: string, what: string): OrchestratorError {
  return new OrchestratorError(
    'config_invalid',
    `envFiles of suite ${suite.name}: ${JSON.stringify(name)} ${what}`,
    {
      hint: 'Write it, or take it out of `envFiles` in .tdd/config.toml; paths are relative to the directory of the suite.',
    },
  )
}
