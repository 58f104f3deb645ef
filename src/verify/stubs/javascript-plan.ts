import { extensionOf } from '../syntax.ts'
import { moduleShape } from './javascript-exports.ts'
import { type ModuleUse, moduleUses } from './javascript-imports.ts'
import { manifestOf } from './javascript-settings.ts'
import { appendedExports, appendedProperties, stubModule } from './javascript-stub.ts'
import type { Demand, DemandSearch } from './demand.ts'
import { resolveJavascript, SCRIPT_EXTENSIONS } from './resolve-javascript.ts'
import { STUB_MARK, type StubVariant } from './stub-mark.ts'
import type { TreeTexts } from './tree-texts.ts'

/** `export *` chains longer than this are taken as complete. */
const MAX_STARS = 50

/** What a JavaScript or TypeScript file takes from sources and does not get. */
export async function javascriptDemands(
  file: { readonly path: string; readonly text: string },
  search: DemandSearch,
): Promise<void> {
  for (const use of moduleUses(file.path, file.text)) {
    const resolved = await resolveJavascript(use.specifier, file.path, search.tree)
    const names = [...use.names, ...use.members]
    const linked = use.how !== 'require'
    if (resolved.kind === 'found') {
      if (!search.isSource(resolved.path)) search.follow(resolved.path)
      else await demandNames(resolved.path, use, search)
    } else if (resolved.kind === 'missing') {
      const path = resolved.candidates.find((candidate) => search.isOwn(candidate))
      if (path === undefined) search.foreign(file.path, use.specifier)
      else search.demand(path, { exists: false, names, linked })
    }
  }
}

/** The text of a stub file, or of an existing module with what it lacks behind it. */
export async function writeJavascript(
  demand: Demand,
  { tree, variant }: { readonly tree: TreeTexts; readonly variant: StubVariant },
): Promise<string> {
  const extension = extensionOf(demand.path)
  const typescript = /^\.[cm]?tsx?$/.test(extension)
  const names = [...demand.names].sort()
  const present = await tree.read(demand.path)
  if (present === null && !SCRIPT_EXTENSIONS.includes(extension)) return assetStub(extension, demand.path)
  const format = await formatOf(demand, tree)
  const style = { variant, format, typescript }
  if (present === null) return stubModule(names, style)
  return (
    present +
    (format === 'esm'
      ? appendedExports(names, style)
      : appendedProperties(names, { ...style, replace: false }))
  )
}

async function demandNames(path: string, use: ModuleUse, search: DemandSearch): Promise<void> {
  const wanted = [...new Set([...use.names, ...use.members])]
  if (wanted.length === 0 || !SCRIPT_EXTENSIONS.includes(extensionOf(path))) return
  const known = await exportedNames(path, search.tree)
  if (known === null) return
  // Every CommonJS module has a default for who imports it, and whole-module values carry what syntax cannot see.
  const lacking = wanted.filter(
    (name) => !known.names.has(name) && !(known.format === 'cjs' && name === 'default'),
  )
  const sure = known.open && use.how !== 'require' && use.names.length === 0 ? [] : lacking
  if (sure.length > 0) search.demand(path, { exists: true, names: sure, linked: use.how === 'import' })
}

interface Exported {
  readonly format: 'esm' | 'cjs' | 'bare'
  readonly names: ReadonlySet<string>
  readonly open: boolean
}

/** Every name that a module exports, through its `export *`; null where some come from what cannot be read. */
async function exportedNames(path: string, tree: TreeTexts): Promise<Exported | null> {
  const names = new Set<string>()
  const queue = [path]
  let first: Exported | null = null
  for (let at = 0; at < queue.length && at < MAX_STARS; at += 1) {
    const current = queue[at] ?? ''
    const text = await tree.read(current)
    if (text === null) return null
    const shape = moduleShape(current, text)
    first ??= { format: shape.format, names, open: shape.open }
    for (const name of shape.names) if (at === 0 || name !== 'default') names.add(name)
    for (const star of shape.stars) {
      const resolved = await resolveJavascript(star, current, tree)
      if (resolved.kind === 'foreign') return null
      if (resolved.kind === 'found' && !queue.includes(resolved.path)) queue.push(resolved.path)
    }
  }
  return first
}

async function formatOf(demand: Demand, tree: TreeTexts): Promise<'esm' | 'cjs'> {
  const extension = extensionOf(demand.path)
  const text = await tree.read(demand.path)
  const shape = text === null ? 'bare' : moduleShape(demand.path, text).format
  if (shape !== 'bare') return shape
  if (extension === '.mjs' || extension === '.mts') return 'esm'
  if (extension === '.cjs' || extension === '.cts') return 'cjs'
  if (extension !== '.js' && extension !== '.jsx') return 'esm'
  const type = (await manifestOf(demand.path, tree))?.type ?? null
  if (type !== null) return type === 'module' ? 'esm' : 'cjs'
  return demand.linked ? 'esm' : 'cjs'
}

/** Data cannot throw; it says what it is. */
function assetStub(extension: string, path: string): string {
  return extension === '.json' ? `${JSON.stringify({ [STUB_MARK]: path })}\n` : ''
}
