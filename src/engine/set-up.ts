import type { TreeId } from '../domain/evidence.ts'
import { networkVariables } from '../domain/network-variables.ts'
import { passedSecrets } from '../domain/passed-secrets.ts'
import type { Suite } from '../domain/suite.ts'
import { hasDirectory } from '../domain/suite-directory.ts'
import { OrchestratorError } from '../errors.ts'
import type { ImageWanted } from '../git/setup-images.ts'
import type { ProofTree, SlotDirectories } from '../git/trees.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { PlaceCommand, PlaceResult } from '../verify/verify.ts'
import type { Workshop } from './context.ts'
import { changedSetupFiles, keyOfSetup } from './setup-key.ts'
import { whyNotCopied } from './why-not-copied.ts'

/** Setup for one tree. */
export interface Setup {
  /** Empty where the suite needs none: then any clean slot will do. */
  readonly key: string
  /** The tree of people whose manifests equal those of the tree; null where there is none, and setup gets no secrets. */
  readonly trustedTree: TreeId | null
}

/** `forSetup`: variables that only setup gets, past the allow list. */
export type Run = (
  command: PlaceCommand,
  readOnly: readonly string[],
  forSetup?: Readonly<Record<string, string>>,
) => Promise<PlaceResult>

/**
 * What setup is for a tree. What one without trust installed never serves a tree that is trusted. Among files of people
 * that have no directory of the suite it could not even start.
 */
export async function setupOf(world: Workshop, suite: Suite, tree: TreeId): Promise<Setup> {
  if (suite.setup.length === 0) return { key: '', trustedTree: null }
  const key = await keyOfSetup(world, suite, tree)
  const people = world.setupTrust.tree ?? tree
  const trusted =
    people === tree ||
    (hasDirectory([...(await world.git.files(people)).keys()], suite) &&
      (await keyOfSetup(world, suite, people)) === key)
  return trusted
    ? { key: `trusted:${key}`, trustedTree: people }
    : { key: `untrusted:${key}`, trustedTree: null }
}

/** Runs commands of the suite in a place. */
type RunIn = (place: SlotDirectories) => Run

/**
 * Sets a slot up that holds `tree`, and leaves it holding `tree`. With trust setup runs among the files of people alone: a
 * script that it calls may be an agent's in any other tree.
 */
export async function setUp(
  world: Workshop,
  suite: Suite,
  slot: {
    readonly proofTree: ProofTree
    readonly tree: TreeId
    readonly setup: Setup
    readonly runIn: RunIn
    readonly signal: AbortSignal
    /** Without a copy, although there may be one. Default false. */
    readonly byItself?: boolean
  },
): Promise<void> {
  const { proofTree, tree, setup, runIn, signal, byItself = false } = slot
  if (setup.trustedTree === null) {
    try {
      await runSetup(suite, runIn(proofTree), untrusted(world))
    } catch (thrown) {
      throw await withheldTold(world, thrown, { suite, tree })
    }
    await proofTree.prepared(setup.key)
    return
  }
  await proofTree.clear(setup.trustedTree)
  const wanted = { key: setup.key, tree: setup.trustedTree }
  await installTrusted(world, suite, { wanted, place: proofTree, runIn, signal, byItself })
  await proofTree.prepared(setup.key)
  if (setup.trustedTree !== tree) await proofTree.fill(tree)
  // The tree has files of its own where setup installed: it gets what its own setup makes, for this once.
  if (proofTree.preparedFor !== setup.key) await runSetup(suite, runIn(proofTree), untrusted(world))
}

/**
 * Sets the slot of an agent up, among the files that `setup` names: those of people where it gets secrets. What an agent
 * changed and cannot be set up without trust is left to it: it may be what its task is about.
 */
export async function setUpForAgent(
  world: Workshop,
  suite: Suite,
  slot: { readonly setup: Setup } & Omit<Installing, 'wanted' | 'byItself'>,
): Promise<void> {
  const { setup, place, runIn, signal } = slot
  if (setup.trustedTree !== null) {
    const wanted = { key: setup.key, tree: setup.trustedTree }
    return await installTrusted(world, suite, { wanted, place, runIn, signal, byItself: false })
  }
  try {
    await runSetup(suite, runIn(place), untrusted(world))
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError) || thrown.code !== 'setup_failed') throw thrown
  }
}

interface Installing {
  readonly wanted: ImageWanted
  readonly place: SlotDirectories
  readonly runIn: RunIn
  readonly signal: AbortSignal
  readonly byItself: boolean
}

/** By a copy where what setup makes lies in its slot alone and is the same in each, else by setup itself. */
async function installTrusted(
  world: Workshop,
  suite: Suite,
  { wanted, place, runIn, signal, byItself }: Installing,
): Promise<void> {
  const install = (at: SlotDirectories): Promise<void> => runSetup(suite, runIn(at), trusted(world, suite))
  const { images } = world
  const isCopied =
    images !== null &&
    !byItself &&
    (await whyNotCopied(world, suite, wanted.tree)) === null &&
    (await images.copyTo(place, wanted, { install, signal }))
  if (!isCopied) await install(place)
}

/** What setup gets past the allow list, and what of it is never told. */
interface ForSetup {
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

function trusted(world: Workshop, suite: Suite): ForSetup {
  const secrets = secretsOf(world, suite)
  const network = networkVariables(world.environment, true)
  return {
    env: { ...network, ...secrets },
    secrets: [...Object.values(secrets), ...passedSecrets(network, [])],
  }
}

function untrusted(world: Workshop): ForSetup {
  return { env: { ...networkVariables(world.environment, false), ...WITHOUT_SCRIPTS }, secrets: [] }
}

/**
 * Package managers run nothing of the packages that they install with these: npm, pnpm, yarn 1, later ones, pip, which then
 * takes no package that would have to be built. What the tree itself holds is contained, as its tests are.
 */
const WITHOUT_SCRIPTS = {
  npm_config_ignore_scripts: 'true',
  pnpm_config_ignore_scripts: 'true',
  YARN_IGNORE_SCRIPTS: 'true',
  YARN_ENABLE_SCRIPTS: 'false',
  PIP_ONLY_BINARY: ':all:',
}

/** What failed without its secrets may have failed for the lack of them. */
async function withheldTold(
  world: Workshop,
  thrown: unknown,
  { suite, tree }: { readonly suite: Suite; readonly tree: TreeId },
): Promise<unknown> {
  const names = Object.keys(secretsOf(world, suite))
  const people = world.setupTrust.tree
  if (!(thrown instanceof OrchestratorError) || names.length === 0 || people === null) return thrown
  const files = (await changedSetupFiles(world, people, tree)).join(', ')
  const what = `${names.length === 1 ? 'secret' : 'secrets'} ${names.join(', ')} ${names.length === 1 ? 'was' : 'were'}`
  return new OrchestratorError(
    thrown.code,
    `${thrown.message}\nIts ${what} withheld, because the change touches ${files}`,
    {
      hint: 'What decides what is installed has to come from you before setup gets secrets: read what changed in these files, have them at HEAD (commit them there, or switch to a commit that has them) and try again; or let setup do without secrets.',
      cause: thrown,
    },
  )
}

function secretsOf(world: Workshop, suite: Suite): Record<string, string> {
  const given = (world.setupTrust.secrets[suite.name] ?? []).flatMap((name) => {
    const value = world.environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(given)
}

async function runSetup(suite: Suite, run: Run, { env, secrets }: ForSetup): Promise<void> {
  for (const argv of suite.setup) {
    const limits = { wallMs: suite.limits.runMs, outputBytes: suite.limits.outputBytes }
    const result = await run({ argv, cwd: suite.cwd, env: {}, ...limits }, [], env)
    if (result.end.kind === 'exited' && result.end.code === 0) continue
    // Redacted before it is cut: half a secret would not be recognised.
    const said = result.end.kind === 'not_started' ? '' : `${result.stdout}\n${result.stderr}`
    const output = redactSecrets(said, secretForms(secrets))
    throw new OrchestratorError(
      'setup_failed',
      `setup of suite ${suite.name}: ${argv.join(' ')} ${told(result.end)}\n${tellingLines(output)}`.trimEnd(),
      {
        hint: 'Run `orchestrator doctor --tree` to see it in a fresh tree; mend the setup commands in .tdd/config.toml.',
      },
    )
  }
}

const LAST_LINES = 5
const ERROR_LINES = 5

/** The first lines that speak of an error, for tools that end with "see above", and the last ones. */
function tellingLines(output: string): string {
  const lines = output.trim().split('\n')
  const early = lines
    .slice(0, -LAST_LINES)
    .filter((line) => /\berr(?:or)?\b|\bfailed\b|not found/i.test(line))
  return [...new Set(early.slice(0, ERROR_LINES)), ...lines.slice(-LAST_LINES)].join('\n')
}

function told(end: PlaceResult['end']): string {
  switch (end.kind) {
    case 'exited':
      return `ended with exit code ${end.code}`
    case 'signaled':
      return `ended with ${end.signal}`
    case 'timeout':
      return 'ended with a time-out'
    case 'limit':
      return end.which === 'disk'
        ? 'ended with more on the disk than limits.setupDiskBytes allows'
        : `ended with the ${end.which} limit`
    case 'not_started':
      return `could not be started: ${end.message}`
  }
}
