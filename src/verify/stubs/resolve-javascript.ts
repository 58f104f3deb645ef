import { isBuiltin } from 'node:module'
import { extensionOf } from '../syntax.ts'
import { aliasesOf, aliasTargets, manifestOf, packageTargets } from './javascript-settings.ts'
import { directoryOf, inDirectoryOf, joinPath, type TreeTexts } from './tree-texts.ts'

/** What a specifier means in a tree. */
type Resolved =
  | { readonly kind: 'found'; readonly path: string }
  /** Nothing is there. Where it could stand, the likeliest first. */
  | { readonly kind: 'missing'; readonly candidates: readonly string[] }
  /** A package or a built-in: not of this tree. */
  | { readonly kind: 'foreign' }

export const SCRIPT_EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx']
const FILE_EXTENSIONS = [...SCRIPT_EXTENSIONS, '.json', '.vue', '.svelte', '.node', '.wasm', '.css']
/** A compiled extension and what it may be written in. */
const WRITTEN_IN: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
}

export async function resolveJavascript(
  specifier: string,
  importer: string,
  tree: TreeTexts,
): Promise<Resolved> {
  const targets = await targetsOf(specifier.replace(/[?].*$/, ''), importer, tree)
  if (targets === null) return { kind: 'foreign' }
  for (const target of targets) {
    const path = await existing(target, tree)
    if (path !== null) return { kind: 'found', path }
  }
  const candidates = targets.flatMap((target) => candidatesFor(target, importer))
  return candidates.length === 0
    ? { kind: 'foreign' }
    : { kind: 'missing', candidates: [...new Set(candidates)] }
}

/** Paths without regard to extensions; null for what is not of this tree. */
async function targetsOf(specifier: string, importer: string, tree: TreeTexts): Promise<string[] | null> {
  if (specifier.startsWith('.')) {
    const path = joinPath(directoryOf(importer), specifier)
    return path === null ? null : [path]
  }
  if (specifier.startsWith('/') || /^[a-z]+:/i.test(specifier) || isBuiltin(specifier)) return null
  const aliased = aliasTargets(specifier, await aliasesOf(importer, tree))
  const manifest = await manifestOf(importer, tree)
  const own = manifest === null ? [] : packageTargets(specifier, manifest)
  const targets = [...own, ...own.flatMap(fromBuilt), ...aliased]
  // A bundler's alias that no tsconfig repeats: `@/` and `~/` are the sources by custom.
  if (/^[@~]\//.test(specifier)) {
    const home = manifest?.directory ?? ''
    targets.push(inDirectoryOf(home, `src/${specifier.slice(2)}`), inDirectoryOf(home, specifier.slice(2)))
  }
  return targets.length === 0 ? null : targets
}

/** A package that names its built files is written in `src`. */
function fromBuilt(target: string): string[] {
  const source = target.replace(/(^|\/)(?:dist|build|lib|out)(?:\/(?:esm|cjs))?\//, '$1src/')
  return source === target ? [] : [source]
}

async function existing(target: string, tree: TreeTexts): Promise<string | null> {
  if (tree.has(target)) return target
  const extension = extensionOf(target)
  const stem = target.slice(0, target.length - extension.length)
  for (const other of WRITTEN_IN[extension] ?? []) if (tree.has(stem + other)) return stem + other
  for (const other of FILE_EXTENSIONS) if (tree.has(target + other)) return target + other
  if (!tree.hasDirectory(target)) return null
  const manifest = await manifestOf(`${target}/index.js`, tree)
  if (manifest !== null && manifest.directory === target && manifest.main !== null) {
    const main = joinPath(target, manifest.main)
    if (main !== null && tree.has(main)) return main
  }
  for (const other of FILE_EXTENSIONS) {
    if (tree.has(`${target}/index${other}`)) return `${target}/index${other}`
  }
  return null
}

function candidatesFor(target: string, importer: string): string[] {
  const extension = extensionOf(target)
  const typed = /^\.[cm]?tsx?$/.test(extensionOf(importer))
  if (FILE_EXTENSIONS.includes(extension)) {
    const written = (WRITTEN_IN[extension] ?? []).map((other) => target.slice(0, -extension.length) + other)
    return typed ? [...written, target] : [target, ...written]
  }
  const own = extensionOf(importer).replace(/x$/, '')
  const order = [
    ...new Set([own, ...(typed ? ['.ts', '.tsx'] : ['.js', '.mjs', '.cjs']), ...FILE_EXTENSIONS]),
  ]
  const usable = order.filter((other) => FILE_EXTENSIONS.includes(other))
  return [...usable.map((other) => target + other), ...usable.map((other) => `${target}/index${other}`)]
}
