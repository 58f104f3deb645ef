import { mkdir } from 'node:fs/promises'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { detectSuites } from '../config/detect-suites.ts'
import { type Environment, type LoadedConfig, loadConfig } from '../config/load.ts'
import { configuredSuites } from '../config/suites.ts'
import type { Suite } from '../domain/suite.ts'
import { discover } from '../git/discover.ts'
import { createGitCommand } from '../git/git-command.ts'
import { openGit } from '../git/open.ts'
import { openTrees } from '../git/open-trees.ts'
import { Bulkhead } from '../runtime/bulkhead.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { Scope } from '../runtime/scope.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { World } from './context.ts'

export interface OpenOptions {
  /** Any directory of the repository. */
  readonly directory: string
  readonly env: Environment
  /** Values of flags by option path (`run.workers`). */
  readonly flags: Readonly<Record<string, unknown>>
  readonly clock?: Clock
  /** `off` runs every command without a sandbox; for machines where it stands in the way. Default `auto`. */
  readonly sandbox?: 'auto' | 'off'
}

/** Everything the engine works with in one repository; release it by disposing. */
export interface Engine extends AsyncDisposable {
  readonly world: World
  readonly loaded: LoadedConfig
  /** Suites of the configuration, or those that were found. */
  readonly suites: readonly Suite[]
  readonly stateDirectory: string
}

const LEASE_MS = 60_000

/** The composition root: opens the parts, each released in reverse order. */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock
  await using scope = new Scope()
  const exec = createExec({ ownerId: clock.id(16), sandbox: options.sandbox ?? 'auto', clock })
  const command = createGitCommand({ exec, env: options.env, cwd: options.directory })
  const { facts } = await discover(command, options.directory)
  const loaded = loadConfig({
    root: facts.root,
    cwd: options.directory,
    env: options.env,
    flags: options.flags,
  })
  const { config } = loaded
  const stateDirectory = join(config.state.directory, facts.id)
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const store = await openSqliteStore({
    path: config.state.db ?? join(stateDirectory, 'store.db'),
    clock,
    owner: processIdentity(),
  })
  scope.add('store', () => store.close())
  const git = await openGit({ directory: options.directory, stateDirectory, exec, env: options.env, clock })
  scope.add('git', () => git.close())
  const slots = config.verify.slots
  const trees = await openTrees({ git, exec, stateDirectory, clock, env: options.env, proofSlots: slots })
  scope.add('trees', () => trees.close())
  const { contained } = await exec.containment()
  const world: World = {
    clock,
    exec,
    git,
    trees,
    store,
    settings: {
      leaseMs: LEASE_MS,
      verificationSlots: slots,
      cores: availableParallelism(),
      repeats: config.verify.repeats,
      baselineRepeats: config.verify.baselineRepeats,
      memoryBytes: null,
      processes: null,
      onLimit: config.run.onLimit === 'wait' ? 'wait' : 'exit',
    },
    verification: new Bulkhead(slots),
    hidden: [config.state.directory, stateDirectory, facts.root, facts.gitDir],
    visible: [OWN_CODE, dirname(process.execPath)],
    environment: definedOnly(options.env),
    contained,
  }
  const suites = await suitesOf(world, loaded)
  const parts = scope.move()
  return { world, loaded, suites, stateDirectory, [Symbol.asyncDispose]: () => parts.release() }
}

/** Where our own compiled code lies: reporters and the session player run from here inside containment. */
const OWN_CODE = fileURLToPath(new URL('..', import.meta.url))

function definedOnly(env: Environment): Record<string, string> {
  const found: Record<string, string> = { HOME: homedir(), TMPDIR: tmpdir() }
  for (const [name, value] of Object.entries(env)) if (value !== undefined) found[name] = value
  return found
}

async function suitesOf(world: World, loaded: LoadedConfig): Promise<readonly Suite[]> {
  const head = await world.git.resolve('HEAD')
  const detected = head === null ? [] : await suitesAt(world, head)
  return configuredSuites(loaded.config.suites, detected, loaded.file ?? '').suites
}

/** The suites that are found in a commit's files. */
export async function suitesAt(world: Pick<World, 'git'>, commit: string): Promise<readonly Suite[]> {
  const files = await world.git.files((await world.git.readCommit(commit)).tree)
  const { suites } = await detectSuites({
    files: [...files.keys()],
    read: async (path) => {
      const entry = files.get(path)
      return entry === undefined ? null : (await world.git.readBlob(entry.id)).toString('utf8')
    },
  })
  return suites
}
