import { realpathSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { circuitRules } from '../config/circuit-rules.ts'
import { definedOnly, type Environment } from '../config/environment.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { makeStateDirectory, stateUnusable } from '../config/state-directory.ts'
import { transcriptsBeside } from '../config/transcript-place.ts'
import { ownStore } from '../config/own-store.ts'
import { requirePlainPath } from '../config/plain-path.ts'
import { requireStateOutside } from '../config/state-outside.ts'
import { configuredSuites } from '../config/suites.ts'
import type { Suite } from '../domain/suite.ts'
import { discover, listWorkTrees } from '../git/discover.ts'
import { createGitCommand } from '../git/git-command.ts'
import { openGit } from '../git/open.ts'
import { readIncluded } from '../git/included-files.ts'
import { openTrees } from '../git/open-trees.ts'
import { SetupImages } from '../git/setup-images.ts'
import { Recent } from '../git/recent.ts'
import { checkedOut } from '../git/refs.ts'
import { Bulkhead } from '../runtime/bulkhead.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { keepOwnCode } from '../runtime/keep-own-code.ts'
import { OWN_PACKAGES } from '../runtime/own-files.ts'
import { mostOpenFiles } from '../runtime/open-files.ts'
import { openPortLeases } from '../runtime/port-leases.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { Scope } from '../runtime/scope.ts'
import { toolchainHomes } from '../runtime/toolchain-homes.ts'
import { openFaultLog } from './fault-log.ts'
import { BENCHES, removeDeadBenches } from './benches.ts'
import { takePlace } from './place-in-use.ts'
import { markPlace } from './place-marks.ts'
import { removePlace } from './remove-place.ts'
import { noteStore, requireNotLost, requireOwn } from '../config/stores-of-place.ts'
import { commandLimits } from './command-limits.ts'
import { knownSecrets, withFound } from './known-secrets.ts'
import { requireOpenFiles } from './require-open-files.ts'
import { requirePlace } from './require-place.ts'
import { storeWithoutSecrets } from './store-without-secrets.ts'
import { suitesAt } from './survey.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { storeFiles } from '../store/store-file.ts'
import type { HeldPath } from '../verify/held-paths.ts'
import type { EngineSettings, Workshop, World } from './context.ts'
import { readSuitePlaces } from './suite-places.ts'
import { createProjectsCache } from './project-facts.ts'
import { tearDown } from './tear-down.ts'
import { openVerifierInSlots } from './verifier-for.ts'
import { Transcripts } from './transcripts.ts'
import { createTreeFactsCache } from './tree-facts.ts'
import { UsedSlots } from './used-slots.ts'

export interface OpenOptions {
  /** Any directory of the repository. */
  readonly directory: string
  readonly env: Environment
  /** Values of flags by option path (`run.workers`). */
  readonly flags: Readonly<Record<string, unknown>>
  readonly clock?: Clock
  /** `off` runs every command without a sandbox; for machines where it stands in the way. Default `auto`. */
  readonly sandbox?: 'auto' | 'off'
  /** Further directories that contained commands must not see. */
  readonly hide?: readonly string[]
  /** Proof slots beyond those in use at once: each keeps what one setup installed. Default 0. */
  readonly spareSlots?: number
  /** Asked before the store is opened, which may end a process that has it and says nothing; what it throws changes nothing. */
  readonly require?: (unopened: Unopened) => Promise<void>
  /** Somebody watches at a terminal: a provider limit is waited for unless configured otherwise. Default false. */
  readonly interactive?: boolean
}

/** A repository with its configuration, of which nothing is opened yet. */
export interface Unopened {
  readonly loaded: LoadedConfig
  readonly clock: Clock
  readonly environment: Readonly<Record<string, string>>
  readonly db: string
  readonly checkedOut: (branch: string) => Promise<readonly string[]>
  readonly gitDir: string
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
const DAY_MS = 86_400_000
/** Of the texts that are kept in memory. */
const KEPT_CHARACTERS = 64 * 1024 * 1024
/** Trees for which what their tests lean on is remembered. */
const HELD_TREES = 100

/**
 * The composition root of a run: opens the parts, each released in reverse order. The store comes first: who does not own
 * it is refused before anything of a live run is touched.
 */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  await using scope = new Scope()
  const site = await findSite(options)
  const { loaded, clock } = site
  requireOpenFiles(loaded.config.run.workers, mostOpenFiles())
  const stateDirectory = site.stateOfRepository
  const db = loaded.config.state.db ?? ownStore(stateDirectory)
  await options.require?.({
    loaded,
    clock,
    environment: withPlaces(options.env),
    db,
    checkedOut: (branch) => checkedOut(site.command, site.discovered.facts.gitDir, branch),
    gitDir: site.discovered.facts.gitDir,
  })
  if (loaded.config.state.db !== null) {
    requireOwn(stateDirectory, db)
    requireNotLost(stateDirectory, db)
  }
  makeStateDirectory(stateDirectory)
  const store = await openSqliteStore({
    path: db,
    clock,
    owner: processIdentity(),
  })
  scope.add('store', () => store.close())
  scope.add('place', await takePlace(site.exec, stateDirectory, { ownerId: site.ownerId, db }))
  await noteStore(stateDirectory, db)
  const { workshop, suites } = await openWorkshop(options, { site, stateDirectory, scope })
  const { values: secrets } = workshop.secrets
  const transcripts = openTranscripts(site, { db, secrets })
  scope.add('transcripts', () => transcripts[Symbol.asyncDispose]())
  await removeDeadBenches(workshop.exec, stateDirectory)
  const faults = openFaultLog(stateDirectory, { clock, secrets })
  const parts = scope.move()
  return {
    loaded,
    suites,
    stateDirectory,
    world: {
      ...workshop,
      images: openImages(workshop, { stateDirectory, faults }),
      store: storeWithoutSecrets(store, secrets),
      underWay: new Map(),
      faults,
      transcripts,
    },
    [Symbol.asyncDispose]: () => parts.release(),
  }
}

function openImages(
  { git, clock, included }: Workshop,
  { stateDirectory, faults }: Pick<World, 'faults'> & Pick<Engine, 'stateDirectory'>,
): SetupImages {
  return new SetupImages({
    git,
    clock,
    included,
    // Programs write where they really run.
    directory: join(realpathSync(stateDirectory), 'setup-images'),
    onUnfit: (reason) => faults.info({}, `setup runs in each slot, and is not copied: ${reason}`),
  })
}

function openTranscripts(
  { loaded, clock }: Site,
  { db, secrets }: { readonly db: string; readonly secrets: readonly string[] },
): Transcripts {
  const { transcriptDays, transcriptBytes } = loaded.config.state
  return new Transcripts({
    db,
    clock,
    secrets,
    keptMs: transcriptDays * DAY_MS,
    bytes: transcriptBytes,
  })
}

/** What measuring needs, without a store: for `prove`, `check` and whatever must work beside a live run. */
export interface Bench extends AsyncDisposable {
  readonly workshop: Workshop
  readonly loaded: LoadedConfig
  readonly suites: readonly Suite[]
  /** Its own; removed with it, or by a later run when its process is killed. */
  readonly stateDirectory: string
}

/** Opens a workshop of its own in a place that is removed when it is disposed. */
export async function openBench(options: OpenOptions): Promise<Bench> {
  await using scope = new Scope()
  const site = await findSite(options)
  const stateDirectory = join(site.stateOfRepository, BENCHES, site.clock.id(12))
  makeStateDirectory(stateDirectory)
  scope.add('bench', () => removePlace(stateDirectory))
  await markPlace(stateDirectory, { ownerId: site.ownerId, db: null })
  const { workshop, suites } = await openWorkshop(options, { site, stateDirectory, scope })
  const parts = scope.move()
  return {
    workshop,
    loaded: site.loaded,
    suites,
    stateDirectory,
    [Symbol.asyncDispose]: () => parts.release(),
  }
}

/** The repository with its configuration; nothing of it is opened yet. */
type Site = Awaited<ReturnType<typeof findSite>>

async function findSite(options: OpenOptions) {
  requirePlace(options)
  const clock = options.clock ?? systemClock
  const ownerId = clock.id(16)
  const exec = createExec({ ownerId, sandbox: options.sandbox ?? 'auto', clock })
  const command = createGitCommand({ exec, env: options.env, cwd: options.directory })
  const discovered = await discover(command, options.directory)
  const loaded = loadConfig({
    root: discovered.facts.workTree,
    mainRoot: discovered.facts.root,
    cwd: options.directory,
    env: options.env,
    flags: options.flags,
  })
  requirePlainPath(loaded.config.state)
  requireStateOutside(loaded.config.state, discovered.facts)
  const stateOfRepository = join(loaded.config.state.directory, discovered.facts.id)
  const secrets = knownSecrets({ config: loaded.config, environment: withPlaces(options.env) })
  return { clock, ownerId, exec, command, discovered, loaded, stateOfRepository, secrets }
}

async function openWorkshop(
  options: OpenOptions,
  where: { readonly site: Site; readonly stateDirectory: string; readonly scope: Scope },
): Promise<{ readonly workshop: Workshop; readonly suites: readonly Suite[] }> {
  const { site, stateDirectory, scope } = where
  const { clock, exec, command, discovered, loaded } = site
  const { facts } = discovered
  const { config } = loaded
  const git = await openGit({
    directory: options.directory,
    discovered,
    stateDirectory,
    exec,
    env: options.env,
    clock,
  })
  scope.add('git', () => git.close())
  const slots = config.verify.slots
  const { contained } = await exec.containment()
  const included = await readIncluded(command, facts.workTree)
  const trees = await openTrees({
    git,
    exec,
    stateDirectory,
    clock,
    env: options.env,
    proofSlots: slots + (options.spareSlots ?? 0),
    agentSlots: config.run.workers,
    dependenciesAreReadOnly: contained,
    included,
  })
  scope.add('trees', () => trees.close())
  const ports = openPortLeases(config.run.ports)
  scope.add('ports', async () => await ports[Symbol.asyncDispose]())
  const parts = {
    clock,
    exec,
    git,
    trees,
    ports,
    images: null,
    included,
    usedSlots: new UsedSlots(),
    settings: settingsOf(config, options.interactive ?? false),
    verification: new Bulkhead(slots),
    hidden: [...(options.hide ?? []), ...(await hiddenPlaces(site, stateDirectory))],
    ...(await ownCodeIn(stateDirectory)),
    environment: withPlaces(options.env),
    secrets: site.secrets,
    versions: new Map<string, Map<string, string>>(),
    treeFacts: createTreeFactsCache(),
    texts: new Recent<string>(KEPT_CHARACTERS),
    projects: createProjectsCache(),
    held: new Recent<ReadonlyMap<string, HeldPath>>(HELD_TREES),
    contained,
    onBlindSlot: null,
    openVerifier: openVerifierInSlots,
  }
  const { suites, setupSecrets, places, people } = await trustedSuites(parts, loaded)
  const read = await readSuitePlaces(facts.workTree, suites, { places, included })
  const workshop: Workshop = {
    ...parts,
    places: read,
    secrets: withFound(site.secrets, read.secrets),
    setupTrust: { tree: people, secrets: setupSecrets },
  }
  scope.add('teardown', async () => void (await tearDown(workshop)))
  return { workshop, suites }
}

/** Reporters and the session player run from our own code inside containment. */
async function ownCodeIn(stateDirectory: string): Promise<Pick<Workshop, 'ownCode' | 'visible'>> {
  try {
    const ownCode = await keepOwnCode(join(stateDirectory, 'program'))
    return { ownCode, visible: [ownCode, ...OWN_PACKAGES, dirname(process.execPath)] }
  } catch (thrown) {
    throw stateUnusable(`the state directory ${stateDirectory}`, thrown)
  }
}

/** What no command of an agent or a suite is shown. */
async function hiddenPlaces(
  { command, discovered: { facts }, loaded: { config } }: Site,
  stateDirectory: string,
): Promise<string[]> {
  return [
    config.state.directory,
    stateDirectory,
    facts.root,
    facts.gitDir,
    ...filesOfStore(config.state.db),
    ...(await listWorkTrees(command, facts.gitDir)).map(({ path }) => path),
  ]
}

/** The suites as people wrote them at HEAD, and the tree that says whose setup may see its secrets. */
async function trustedSuites(parts: Omit<Workshop, 'setupTrust' | 'places'>, loaded: LoadedConfig) {
  const { git } = parts
  const head = await git.resolve('HEAD')
  const people = head === null ? null : (await git.readCommit(head)).tree
  const found = head === null ? [] : await suitesAt(parts, head)
  return { ...configuredSuites(loaded.config.suites, found, loaded.file ?? ''), people }
}

/** A store that lies elsewhere than in the state directory, with the files that SQLite keeps beside it. */
function filesOfStore(path: string | null): string[] {
  if (path === null) return []
  return [path, ...storeFiles(path), transcriptsBeside(path)]
}

/** What a machine has for us: its memory, or what the container that we run in may use of it. */
function memoryOfMachine(): number {
  const allowed = process.constrainedMemory()
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem()
}

function settingsOf(config: LoadedConfig['config'], interactive: boolean): EngineSettings {
  const { onLimit } = config.run
  return {
    leaseMs: LEASE_MS,
    verificationSlots: config.verify.slots,
    cores: availableParallelism(),
    repeats: config.verify.repeats,
    baselineRepeats: config.verify.baselineRepeats,
    setUpAgents: config.run.setUpAgents,
    ...commandLimits(config, memoryOfMachine()),
    onLimit: onLimit === 'auto' ? (interactive ? 'wait' : 'exit') : onLimit,
    circuits: circuitRules(config),
    auditMs: config.state.auditDays * DAY_MS,
  }
}

function withPlaces(env: Environment): Record<string, string> {
  const environment = { HOME: homedir(), TMPDIR: tmpdir(), ...definedOnly(env) }
  return { ...toolchainHomes(environment), ...environment }
}
