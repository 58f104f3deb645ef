import type { Suite } from '../../domain/suite.ts'
import { findKinds, namedChildren, parseFile, type SyntaxNode } from '../syntax.ts'
import { readOnce } from './read-once.ts'
import { directoryOf, inDirectoryOf, joinPath, type TreeTexts, upwards } from './tree-texts.ts'

/** One import of a Python file. */
export interface PythonUse {
  /** Dotted name without the leading dots. */
  readonly module: string
  /** Leading dots: 0 for an absolute import. */
  readonly dots: number
  /** Names of `from … import`; empty for `import …`. */
  readonly names: readonly string[]
  /** Attributes read through `import a.b`. */
  readonly members: readonly string[]
}

interface PythonShape {
  readonly names: ReadonlySet<string>
  /** `from x import *` or a module `__getattr__`: there may be more names. */
  readonly open: boolean
  /** A module `__getattr__` answers for names that are not there. */
  readonly lazy: boolean
}

export const pythonUses = readOnce((path, text): readonly PythonUse[] => {
  const root = parseFile(path, text)
  if (root === null) return []
  const uses: PythonUse[] = []
  for (const statement of findKinds(root, ['import_statement', 'import_from_statement'])) {
    if (isTypeOnly(statement)) continue
    if (statement.kind() === 'import_statement') uses.push(...plainImports(statement, text))
    else uses.push(fromImport(statement))
  }
  for (const match of text.matchAll(/\bimport_module\(\s*['"]([\w.]+)['"]\s*\)/g)) {
    uses.push({ module: match[1] ?? '', dots: 0, names: [], members: [] })
  }
  return uses
})

/** A local name of a Python file that stands for something of another module. */
interface PythonBinding {
  readonly local: string
  readonly module: string
  readonly dots: number
  /** `*` for the module as a whole. */
  readonly imported: string
  /** Nothing is imported for it at run time. */
  readonly isErased: boolean
}

/** The names that a Python file binds to what other modules give it. */
export function pythonBindings(path: string, text: string): PythonBinding[] {
  const root = parseFile(path, text)
  if (root === null) return []
  return findKinds(root, ['import_statement', 'import_from_statement']).flatMap((statement) => {
    const source = statement.field('module_name')
    const written = source?.text().replace(/\s/g, '') ?? ''
    const dots = /^\.*/.exec(written)?.[0].length ?? 0
    const parts = namedChildren(statement).filter(
      (part) => part.id() !== source?.id() && part.kind() !== 'wildcard_import',
    )
    const isErased = isTypeOnly(statement)
    return parts.map((part) => {
      const name = (part.kind() === 'aliased_import' ? part.field('name') : part)?.text() ?? ''
      const alias = part.field('alias')?.text()
      if (source !== null)
        return { local: alias ?? name, module: written.slice(dots), dots, imported: name, isErased }
      return { local: alias ?? name.split('.')[0] ?? name, module: name, dots: 0, imported: '*', isErased }
    })
  })
}

/** Names that a module defines at its top, also inside `if`, `try` and `with`. */
export const pythonShape = readOnce((path, text): PythonShape => {
  const names = new Set<string>()
  const root = parseFile(path, text)
  if (root === null) return { names, open: true, lazy: false }
  collectNames(root, names)
  const lazy = names.has('__getattr__')
  return { names, open: lazy || /^\s*from\s+\S+\s+import\s+\*/m.test(text), lazy }
})

/** Directories from which a file's absolute imports may start, the likeliest first. */
export async function importRoots(path: string, suite: Suite, tree: TreeTexts): Promise<string[]> {
  const cwd = suite.cwd === '.' ? '' : suite.cwd
  const own = directoryOf(path)
  // pytest puts the first directory without `__init__.py` above a test on the path.
  const basedir = upwards(own).find((directory) => !tree.has(inDirectoryOf(directory, '__init__.py'))) ?? ''
  const roots = [
    cwd,
    inDirectoryOf(cwd, 'src'),
    basedir,
    own,
    ...configuredRoots(cwd, (suite.env['PYTHONPATH'] ?? '').split(':')),
    ...configuredRoots(cwd, await pytestPaths(cwd, tree)),
    '',
    'src',
  ]
  return [...new Set(roots)]
}

/**
 * Directories in which one of these files would be the module, or a name of it a module in it: `lib` for `a.b` and
 * `lib/a/b.py`. Inside a package no absolute import starts.
 */
export function rootsFromFiles(
  use: Pick<PythonUse, 'module' | 'names'>,
  files: Iterable<string>,
  tree: TreeTexts,
): string[] {
  const modules = [use.module, ...use.names.map((name) => `${use.module}.${name}`)]
  const endings = modules.flatMap((module) => moduleFiles('', module))
  const roots = [...files].flatMap((file) => {
    const ending = endings.find((one) => `/${file}`.endsWith(`/${one}`))
    return ending === undefined ? [] : [file.slice(0, -ending.length).replace(/\/$/, '')]
  })
  return roots.filter((root) => !tree.has(inDirectoryOf(root, '__init__.py')))
}

/** The files that a module may be below a root. */
export function moduleFiles(root: string, module: string): [string, string] {
  const base = inDirectoryOf(root, module.replaceAll('.', '/'))
  return [`${base}.py`, `${base}/__init__.py`]
}

/** The file of a module below a root: `a/b.py` or `a/b/__init__.py`; null where there is none. */
export function moduleFile(root: string, module: string, tree: TreeTexts): string | null {
  const base = inDirectoryOf(root, module.replaceAll('.', '/'))
  const found = [`${base}/__init__.py`, `${base}.py`, `${base}.pyi`].find((path) => tree.has(path))
  return found ?? null
}

/** Where a relative import starts: one dot is the package of the file itself. */
export function relativeRoot(path: string, dots: number): string | null {
  return joinPath(directoryOf(path), Array.from({ length: dots - 1 }, () => '..').join('/'))
}

function plainImports(statement: SyntaxNode, text: string): PythonUse[] {
  return namedChildren(statement).map((part) => {
    const module =
      (part.kind() === 'aliased_import' ? part.field('name') : part)?.text().replace(/\s/g, '') ?? ''
    const local = part.kind() === 'aliased_import' ? (part.field('alias')?.text() ?? module) : module
    return { module, dots: 0, names: [], members: membersOf(local, text) }
  })
}

function fromImport(statement: SyntaxNode): PythonUse {
  const source = statement.field('module_name')
  const written = source?.text().replace(/\s/g, '') ?? ''
  const dots = /^\.*/.exec(written)?.[0].length ?? 0
  const names = namedChildren(statement)
    .filter((part) => part.id() !== source?.id() && part.kind() !== 'wildcard_import')
    .map((part) => (part.kind() === 'aliased_import' ? part.field('name') : part)?.text() ?? '')
  return { module: written.slice(dots), dots, names, members: [] }
}

/** What is called through a module name; merely read attributes fail by themselves. */
function membersOf(local: string, text: string): string[] {
  const called = new RegExp(`(?<![\\w.])${local.replaceAll('.', '\\.')}\\.([A-Za-z_]\\w*)\\s*\\(`, 'g')
  return [...new Set([...text.matchAll(called)].map((match) => match[1] ?? ''))]
}

/** Below `if TYPE_CHECKING:` nothing is imported at run time. */
function isTypeOnly(statement: SyntaxNode): boolean {
  return statement
    .ancestors()
    .some(
      (node) => node.kind() === 'if_statement' && /TYPE_CHECKING/.test(node.field('condition')?.text() ?? ''),
    )
}

function collectNames(block: SyntaxNode, names: Set<string>): void {
  for (const statement of namedChildren(block)) {
    const kind = statement.kind()
    if (kind === 'function_definition' || kind === 'class_definition') {
      names.add(statement.field('name')?.text() ?? '')
    } else if (kind === 'decorated_definition') {
      names.add(statement.field('definition')?.field('name')?.text() ?? '')
    } else if (kind === 'expression_statement') {
      for (const part of namedChildren(statement)) collectTargets(part, names)
    } else if (kind === 'import_statement' || kind === 'import_from_statement') {
      collectImports(statement, names)
    } else if (kind === 'type_alias_statement') names.add(/^type\s+(\w+)/.exec(statement.text())?.[1] ?? '')
    else if (BLOCKS.has(kind as string)) collectNames(statement, names)
  }
}

const BLOCKS = new Set([
  'if_statement',
  'try_statement',
  'with_statement',
  'for_statement',
  'block',
  'elif_clause',
  'else_clause',
  'except_clause',
  'finally_clause',
])

function collectTargets(node: SyntaxNode, names: Set<string>): void {
  if (node.kind() !== 'assignment' && node.kind() !== 'augmented_assignment') return
  const left = node.field('left')
  for (const target of left === null ? [] : [left, ...findKinds(left, ['identifier'])]) {
    if (target.kind() === 'identifier') names.add(target.text())
  }
  const right = node.field('right')
  if (right !== null) collectTargets(right, names)
}

function collectImports(statement: SyntaxNode, names: Set<string>): void {
  const source = statement.field('module_name')
  for (const part of namedChildren(statement)) {
    if (part.id() === source?.id()) continue
    if (part.kind() === 'aliased_import') names.add(part.field('alias')?.text() ?? '')
    else names.add(part.text().split('.')[0] ?? '')
  }
}

/** Paths that settings give, relative to the suite; what lies outside of the tree is left out. */
function configuredRoots(cwd: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => path !== '' && !path.startsWith('/'))
    .map((path) => joinPath(cwd, path))
    .filter((path) => path !== null)
}

/** `pythonpath` of pytest's settings. */
async function pytestPaths(cwd: string, tree: TreeTexts): Promise<string[]> {
  const paths: string[] = []
  for (const name of ['pyproject.toml', 'pytest.ini', 'setup.cfg', 'tox.ini']) {
    const text = (await tree.read(inDirectoryOf(cwd, name))) ?? ''
    const value = /^\s*pythonpath\s*=\s*(\[[^\]]*\]|[^\n]*)/m.exec(text)?.[1] ?? ''
    paths.push(...value.replace(/[[\]"',]/g, ' ').split(/\s+/))
  }
  return paths
}
