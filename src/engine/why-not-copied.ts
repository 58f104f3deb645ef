import type { TreeId } from '../domain/evidence.ts'
import { installsInSlot } from '../domain/installs-in-slot.ts'
import { parsedJson } from '../domain/parsed-json.ts'
import type { Suite } from '../domain/suite.ts'
import type { Workshop } from './context.ts'

/**
 * Why setup runs in each slot instead of being copied from one: it may make more than files in the slot, or files that name
 * it (`TDD_SLOT`, `TDD_PORT_BASE`). Null where a copy is as good. People may say either.
 */
export async function whyNotCopied(world: Workshop, suite: Suite, tree: TreeId): Promise<string | null> {
  const { teardown, copySetup } = world.places
  if ((teardown[suite.name] ?? []).length > 0) return 'what it makes is torn down'
  const said = copySetup[suite.name]
  if (said !== undefined) return said ? null : 'copySetup says so'
  if (!installsInSlot(suite.setup)) return 'its setup may do more than to install packages'
  const script = await ownScript(world, tree)
  return script === null ? null : `${script}, which may do more than to install`
}

/**
 * The first thing of the project itself that a package manager starts when it installs. What cannot be read may be one: they
 * read more than we do.
 */
async function ownScript({ git }: Pick<Workshop, 'git'>, tree: TreeId): Promise<string | null> {
  const deciding = [...(await git.files(tree))].filter(([path]) => DECIDING.test(path))
  if (deciding.length > MOST_FILES) return `one of ${deciding.length} manifests may have a script`
  for (const [path, { id, mode }] of deciding) {
    const text = mode.startsWith('100') ? (await git.readBlob(id)).toString('utf8') : null
    const started = startedBy(path, text)
    if (started !== null) return started
  }
  return null
}

const MOST_FILES = 1_000
const DECIDING =
  /(^|\/)(package\.json|binding\.gyp|\.yarnrc(\.yml)?|\.npmrc|\.cargo\/config(\.toml)?|bunfig\.toml)$/

function startedBy(path: string, text: string | null): string | null {
  if (path.endsWith('binding.gyp')) return `${path} is built`
  if (!path.endsWith('package.json'))
    return text !== null && text.split('\n').every(isPlainSetting) ? null : `${path} may start something`
  const manifest = text === null ? null : parsedJson(text)
  if (typeof manifest !== 'object' || manifest === null) return `${path} cannot be read`
  const scripts: unknown = 'scripts' in manifest ? manifest.scripts : {}
  if (typeof scripts !== 'object' || scripts === null) return `${path} cannot be read`
  const name = STARTED.find((script) => script in scripts)
  return name === undefined ? null : `${path} has a script "${name}"`
}

/** Where packages come from and how they are laid out: lines that start nothing, in whatever form each program reads. */
function isPlainSetting(line: string): boolean {
  const text = line.trim()
  return text === '' || /^[#;]/.test(text) || PLAIN_SETTINGS.some((plain) => plain.test(text))
}

const PLAIN_SETTINGS = [
  // .yarnrc.yml
  /^(nodeLinker|nmMode|nmHoistingLimits|enableTelemetry|enableGlobalCache|enableScripts|enableColors|compressionLevel|checksumBehavior|defaultSemverRangePrefix|npmRegistryServer|cacheFolder|httpTimeout): *[\w./:@"'+-]*$/,
  /^yarnPath: *["']?\.yarn\/releases\/yarn-[\w.-]+\.c?js["']?$/,
  // .npmrc
  /^(@[\w.-]+:)?registry *= *\S+$/,
  /^\/\/[\w.:/-]+:(_authToken|_auth|username|_password|always-auth) *= *\S+$/,
  /^(save-exact|engine-strict|fund|audit|legacy-peer-deps|strict-peer-dependencies|package-lock|always-auth|loglevel|progress|ignore-scripts|fetch-retries|fetch-timeout|prefer-offline) *= *[\w-]*$/,
  // .yarnrc, of yarn 1
  /^yarn-path +["']?\.yarn\/releases\/yarn-[\w.-]+\.c?js["']?$/,
  /^registry +["']?https?:\/\/[\w./:-]+["']?$/,
]

const STARTED = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'dependencies',
] as const
