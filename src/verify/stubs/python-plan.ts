import type { Demand, DemandSearch } from './demand.ts'
import {
  importRoots,
  moduleFile,
  moduleFiles,
  type PythonUse,
  pythonShape,
  pythonUses,
  relativeRoot,
  rootsFromFiles,
} from './python-modules.ts'
import { pythonStubs } from './python-stub.ts'
import type { StubVariant } from './stub-mark.ts'
import { directoryOf, inDirectoryOf, type TreeTexts } from './tree-texts.ts'

interface File {
  readonly path: string
  readonly text: string
}

/** What a Python file takes from sources and does not get. */
export async function pythonDemands(file: File, search: DemandSearch): Promise<void> {
  const roots = await importRoots(file.path, search.suite, search.tree)
  for (const use of pythonUses(file.path, file.text)) {
    const relative = use.dots === 0 ? null : relativeRoot(file.path, use.dots)
    if (use.dots > 0 && relative === null) continue
    const absolute = [...roots, ...rootsFromFiles(use, search.named, search.tree)]
    await demandUse({ file, use, roots: relative === null ? absolute : [relative] }, search)
  }
}

/** The text of a stub module, or of an existing module with what it lacks behind it. */
export async function writePython(
  demand: Demand,
  { tree, variant }: { readonly tree: TreeTexts; readonly variant: StubVariant },
): Promise<string> {
  const names = [...demand.names].sort()
  const present = await tree.read(demand.path)
  if (present === null) return pythonStubs(names, { variant, replace: true })
  return `${present.endsWith('\n') || present === '' ? present : `${present}\n`}${pythonStubs(names, { variant, replace: false })}`
}

interface Lookup {
  readonly file: File
  readonly use: PythonUse
  readonly roots: readonly string[]
}

async function demandUse({ file, use, roots }: Lookup, search: DemandSearch): Promise<void> {
  const { tree } = search
  for (const root of roots) {
    const path = use.module === '' ? packageFile(root, tree) : moduleFile(root, use.module, tree)
    if (path !== null) {
      await demandFrom({ path, use }, search)
      return
    }
  }
  const inside = roots.find(
    (root) =>
      tree.hasDirectory(directoryFor(root, use.module)) &&
      use.names.length > 0 &&
      directoryFor(root, use.module) !== '',
  )
  if (inside !== undefined) {
    // A directory without `__init__.py`: its modules can be imported, and nothing else can.
    for (const name of use.names) {
      demandModule({ directory: directoryFor(inside, use.module), name, file }, search)
    }
    return
  }
  // With `src/**` every module of the language and every installed one could be the task's: a stub would hide the real one.
  const local = isLocal(use, roots, tree)
  const isOwn = (path: string): boolean => (local ? search.isOwn(path) : search.named.has(path))
  const missing = roots.flatMap((root) => moduleFiles(root, use.module)).find((path) => isOwn(path))
  if (missing !== undefined) {
    search.demand(missing, { exists: false, names: [...use.names, ...use.members], linked: true })
  } else if (!demandAsPackage({ file, use, roots }, { ...search, isOwn }) && local) {
    search.foreign(file.path, use.module)
  }
}

/** `from pkg import module` where neither is there yet: the modules may be the task's although the package is not named. */
function demandAsPackage({ file, use, roots }: Lookup, search: DemandSearch): boolean {
  let any = false
  for (const root of roots) {
    for (const name of use.names) {
      any = demandModule({ directory: directoryFor(root, use.module), name, file }, search) || any
    }
    if (any) return true
  }
  return false
}

async function demandFrom(
  { path, use }: { readonly path: string; readonly use: PythonUse },
  search: DemandSearch,
): Promise<void> {
  if (!search.isSource(path)) {
    search.follow(path)
  }
  const text = (await search.tree.read(path)) ?? ''
  const shape = pythonShape(path, text)
  if (shape.lazy) return
  const lacking = [...use.names, ...(shape.open ? [] : use.members)].filter(
    (name) => !shape.names.has(name) && !/^__\w+__$/.test(name),
  )
  const names: string[] = []
  for (const name of lacking) {
    if (path.endsWith('/__init__.py') && isSubmodule({ directory: directoryOf(path), name }, search)) continue
    names.push(name)
  }
  if (names.length > 0 && search.isSource(path)) search.demand(path, { exists: true, names, linked: true })
}

/** Whether a name of a package is a module in it, there or still to be written by the task. */
function isSubmodule(
  { directory, name }: { readonly directory: string; readonly name: string },
  search: DemandSearch,
): boolean {
  const file = `${directory}/${name}.py`
  if (search.tree.has(file) || search.tree.hasDirectory(`${directory}/${name}`)) {
    if (search.tree.has(file) && !search.isSource(file)) search.follow(file)
    return true
  }
  // With `src/**` every name could be a module; only an entry that names the file says that it is one.
  return search.named.has(file) && demandOwn(file, search)
}

function demandModule(
  { directory, name, file }: { readonly directory: string; readonly name: string; readonly file: File },
  search: DemandSearch,
): boolean {
  const path = inDirectoryOf(directory, `${name}.py`)
  if (search.tree.has(path)) {
    if (!search.isSource(path) && path !== file.path) search.follow(path)
    return true
  }
  return demandOwn(path, search)
}

function demandOwn(path: string, search: DemandSearch): boolean {
  if (!search.isOwn(path)) return false
  search.demand(path, { exists: false, names: [], linked: true })
  return true
}

function packageFile(root: string, tree: TreeTexts): string | null {
  const path = inDirectoryOf(root, '__init__.py')
  return tree.has(path) ? path : null
}

function directoryFor(root: string, module: string): string {
  return module === '' ? root : inDirectoryOf(root, module.replaceAll('.', '/'))
}

/** Whether the first part of the module stands in the tree: everything else is installed, or nobody's. */
function isLocal(use: PythonUse, roots: readonly string[], tree: TreeTexts): boolean {
  if (use.dots > 0) return true
  const top = use.module.split('.')[0] ?? ''
  return roots.some(
    (root) => tree.hasDirectory(inDirectoryOf(root, top)) || tree.has(inDirectoryOf(root, `${top}.py`)),
  )
}
