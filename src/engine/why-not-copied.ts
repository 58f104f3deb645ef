import { z } from 'zod'
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
  const said = copySetup[suite.name]
  if (said !== undefined) return said ? null : 'copySetup says so'
  if ((teardown[suite.name] ?? []).length > 0) return 'what it makes is torn down'
  if (!installsInSlot(suite.setup)) return 'its setup may do more than to install packages'
  const script = await ownScript(world, tree)
  return script === null ? null : `${script}, which may do more than to install`
}

/** The first script of the project itself that a package manager starts when it installs. */
async function ownScript({ git }: Pick<Workshop, 'git'>, tree: TreeId): Promise<string | null> {
  const manifests = [...(await git.files(tree))].filter(([path]) => /(^|\/)package\.json$/.test(path))
  if (manifests.length > MOST_MANIFESTS) return `one of ${manifests.length} package.json may have a script`
  for (const [path, { id, mode }] of manifests) {
    if (!mode.startsWith('100')) continue
    const read = manifestShape.safeParse(parsedJson((await git.readBlob(id)).toString('utf8')))
    const name = read.success ? STARTED.find((script) => read.data.scripts[script] !== undefined) : undefined
    if (name !== undefined) return `${path} has a script "${name}"`
  }
  return null
}

const MOST_MANIFESTS = 1_000
const manifestShape = z.looseObject({ scripts: z.record(z.string(), z.unknown()).catch({}) })
const STARTED = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
] as const
