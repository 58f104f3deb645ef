import { OrchestratorError } from '../errors.ts'
import { Bulkhead } from '../runtime/bulkhead.ts'
import type { Exec, ExecEnd, ExecResult, HostSession } from '../runtime/exec.ts'
import { startAhead } from '../runtime/exec-ahead.ts'
import { lackingMeans } from '../runtime/no-means.ts'

interface GitRequest {
  /** The subcommand and its arguments. */
  readonly args: readonly [string, ...string[]]
  /** Further configuration, `key=value`. */
  readonly settings?: readonly string[]
  /** Where git looks for a repository by itself; it need not exist. */
  readonly from?: string
  readonly gitDir?: string
  readonly cwd?: string
  readonly stdin?: string | Uint8Array
  /** Asked again and again, and all it has to know is in `stdin`: so many are started before they are asked. */
  readonly ahead?: number
  readonly outputBytes?: number
  /** Exit codes that are an answer, not a failure. Default: 0. */
  readonly answers?: readonly number[]
  /** Beside what every git gets. */
  readonly env?: Readonly<Record<string, string>>
  /** Read the person's own configuration; only for questions about it. */
  readonly personal?: boolean
}

export interface GitAnswer {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs git so that no hook, filter, monitor, transport or foreign configuration takes part. */
export interface GitCommand {
  run(request: GitRequest): Promise<GitAnswer>
  session(request: GitRequest): HostSession
  /** Ends what was started ahead. Whoever runs nothing ahead need not call it. */
  close(): Promise<void>
}

interface GitCommandOptions {
  readonly exec: Exec
  /** The environment of the person; PATH and HOME are taken from it, and no GIT_* but the place of their configuration. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** Short-lived processes at once; more would only wait for each other. */
const MAX_PROCESSES = 8

export function createGitCommand(options: GitCommandOptions): GitCommand {
  const places = new Bulkhead(MAX_PROCESSES)
  const ahead = startAhead(options.exec)
  const ours = ownEnvironment(options.env)
  const personal = personalEnvironment(options.env)
  const commandOf = (request: GitRequest) => ({
    argv: ['git', ...SAFE_OPTIONS, ...optionsOf(request), ...request.args] as const,
    cwd: request.cwd ?? options.cwd,
    env: { ...(request.personal === true ? personal : ours), ...request.env },
  })
  return {
    run: async (request) => {
      const { stdin, outputBytes } = request
      const command = { ...commandOf(request), ...(outputBytes === undefined ? {} : { outputBytes }) }
      const result = await places.within({ rank: 0 }, () => {
        if (stdin === undefined) return options.exec.host(command)
        return request.ahead === undefined
          ? options.exec.host({ ...command, stdin })
          : ahead.run(command, { question: stdin, atOnce: request.ahead })
      })
      return answerOf(request, result)
    },
    session: (request) => options.exec.hostSession(commandOf(request)),
    close: () => ahead.close(),
  }
}

/** The first line of what git said, for messages. */
export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}

const SAFE_SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.warnAmbiguousRefs=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // A repository with promised objects would start a transport, and with it commands its configuration names.
  'protocol.allow=never',
]
const SAFE_OPTIONS = ['--no-replace-objects', '--literal-pathspecs', ...settingOptions(SAFE_SETTINGS)]

function settingOptions(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting])
}

function optionsOf(request: GitRequest): string[] {
  return [
    ...(request.from === undefined ? [] : ['-C', request.from]),
    ...(request.gitDir === undefined ? [] : [`--git-dir=${request.gitDir}`]),
    ...settingOptions(request.settings ?? []),
  ]
}

function ownEnvironment(env: GitCommandOptions['env']): Record<string, string> {
  return { ...commonEnvironment(env), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
}

function personalEnvironment(env: GitCommandOptions['env']): Record<string, string> {
  const place = ['XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM']
  return { ...commonEnvironment(env), ...picked(env, place) }
}

function commonEnvironment(env: GitCommandOptions['env']): Record<string, string> {
  return {
    ...picked(env, ['PATH', 'HOME', 'TMPDIR']),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    // Names that reflogs show; commits carry their own.
    GIT_COMMITTER_NAME: 'TDD Orchestrator',
    GIT_COMMITTER_EMAIL: 'tdd-orchestrator@localhost',
  }
}

function picked(env: GitCommandOptions['env'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

function answerOf(request: GitRequest, result: ExecResult): GitAnswer {
  const stderr = result.stderr.toString('utf8')
  if (result.end.kind === 'not_started') throw gitNotStarted(result.end)
  const name = request.args[0]
  if (result.end.kind !== 'exited') throw gitFailed(`git ${name} did not finish (${result.end.kind})`, stderr)
  if (result.truncated) throw gitFailed(`git ${name} wrote more than can be held`, stderr)
  if (!(request.answers ?? [0]).includes(result.end.code)) {
    throw gitFailed(`git ${name} ended with ${result.end.code}`, stderr)
  }
  return { code: result.end.code, stdout: result.stdout, stderr }
}

export function gitNotStarted(end: Extract<ExecEnd, { kind: 'not_started' }>): OrchestratorError {
  const message = `git cannot be started: ${end.message}`
  const lacking = lackingMeans(end.code)
  if (lacking !== null)
    return new OrchestratorError('git_failed', message, { hint: 'Resume the run then: nothing is lost.' })
  return new OrchestratorError('git_missing', message, {
    hint: 'Install git 2.38 or newer and see to it that it is on the PATH.',
  })
}

const NO_ROOM = /no space left on device|out of diskspace|disk quota exceeded/i

export function gitFailed(what: string, stderr = ''): OrchestratorError {
  const said = stderr.trim().slice(0, 2000)
  // Before what git says: of an attempt that was lost people see the beginning.
  const why = NO_ROOM.test(said) ? `${what}, there is no room on its disk` : what
  return new OrchestratorError('git_failed', said === '' ? why : `${why}: ${said}`, {
    hint: 'Look at the repository with git itself: git fsck. It may be out of room, not yours to write, or damaged.',
  })
}
