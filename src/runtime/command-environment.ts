import { dirname } from 'node:path'
import { TOOLCHAIN_VARIABLES } from './toolchain-homes.ts'
import { userPath } from './user-path.ts'

interface CommandEnvironmentRequest {
  /** The environment with which the person started us; only the names of the allow list are taken from it. */
  readonly base: Readonly<Record<string, string | undefined>>
  /** Home and temporary directory of the slot. */
  readonly home: string
  readonly temp: string
  /** What the engine and the driver of an agent tell the command: `TDD_*`, and the agent's own credentials. */
  readonly tdd: Readonly<Record<string, string>>
  /** `env` of the person's configuration: chosen by a person, so it may also set what is never inherited. */
  readonly extra: Readonly<Record<string, string>>
}

/** Taken over from the person: how text is written and what time it is. */
const INHERITED = /^(LANG|LANGUAGE|LC_[A-Z]+|TZ)$/

/**
 * Not even by configuration: inside the first, node:test reports to a parent that is not there and a broken suite
 * exits 0; the second is how a command's processes are found; the others would lead git to another repository.
 */
const NEVER =
  /^(NODE_TEST_CONTEXT|TDD_MARK|npm_.*|GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE))$/i

/** The whole environment of a contained command: an allow list, nothing else is inherited. Pure. */
export function commandEnvironment(request: CommandEnvironmentRequest): Record<string, string> {
  return {
    ...only(request.base, (name) => INHERITED.test(name) || TOOLCHAIN_VARIABLES.has(name)),
    PATH: userPath(request.base),
    TERM: 'dumb',
    CI: '1',
    ...only(request.extra, (name) => !NEVER.test(name)),
    HOME: request.home,
    TMPDIR: request.temp,
    // A repository above the tree is none of its own: somebody put it there.
    GIT_CEILING_DIRECTORIES: dirname(request.home),
    ...only(request.tdd, (name) => !NEVER.test(name)),
  }
}

function only(
  environment: Readonly<Record<string, string | undefined>>,
  wanted: (name: string) => boolean,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && wanted(name)) kept[name] = value
  }
  return kept
}
