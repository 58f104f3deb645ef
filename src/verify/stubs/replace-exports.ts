import {
  endOf,
  extensionOf,
  familyOf,
  findKinds,
  literalText,
  namedChildren,
  parseFile,
  startOf,
  type SyntaxNode,
} from '../syntax.ts'
import { declaredNames, moduleShape } from './javascript-exports.ts'
import { appendedExports, appendedProperties } from './javascript-stub.ts'
import { pythonShape } from './python-modules.ts'
import { pythonStubs } from './python-stub.ts'
import type { StubVariant } from './stub-mark.ts'

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * The text of a module in which these exports are stubs, everything else as it was; the module itself goes on using its
 * own. Names that it does not export are left out; null where none is exported.
 */
export function replaceExports(
  file: { readonly path: string; readonly text: string },
  names: readonly string[],
  variant: StubVariant,
): { readonly text: string; readonly replaced: readonly string[] } | null {
  const family = familyOf(file.path)
  if (family === null || file.path.endsWith('.d.ts')) return null
  const replaced = family === 'python' ? pythonNames(file, names) : javascriptNames(file, names)
  if (replaced.length === 0) return null
  if (family === 'python') {
    return { text: `${file.text}\n${pythonStubs(replaced, { variant, replace: true })}`, replaced }
  }
  const typescript = /^\.[cm]?tsx?$/.test(extensionOf(file.path))
  if (moduleShape(file.path, file.text).format === 'esm') {
    const freed = withoutExports(file, new Set(replaced))
    return { text: freed + appendedExports(replaced, { variant, format: 'esm', typescript }), replaced }
  }
  const style = { variant, format: 'cjs', typescript, replace: true } as const
  return { text: file.text + appendedProperties(replaced, style), replaced }
}

function pythonNames(
  { path, text }: { readonly path: string; readonly text: string },
  names: readonly string[],
): string[] {
  const shape = pythonShape(path, text)
  return names.filter((name) => shape.names.has(name))
}

function javascriptNames(
  { path, text }: { readonly path: string; readonly text: string },
  names: readonly string[],
): string[] {
  const shape = moduleShape(path, text)
  const whole = shape.format === 'cjs' && shape.open ? ['default'] : []
  return names.filter((name) => shape.names.has(name) || whole.includes(name))
}

/** The module with the export of these names taken back; what they named stays under its local name. */
function withoutExports(
  { path, text }: { readonly path: string; readonly text: string },
  names: ReadonlySet<string>,
): string {
  const root = parseFile(path, text)
  if (root === null) return text
  const edits: Edit[] = []
  const kept: string[] = []
  for (const statement of namedChildren(root).filter((node) => node.kind() === 'export_statement')) {
    const declaration = statement.field('declaration')
    if (/^(?:@[^\n]*\s+)*export\s+default\b/.test(statement.text())) {
      if (names.has('default')) edits.push(freedDefault(statement))
    } else if (declaration !== null) {
      const declared = declaredNames(declaration)
      if (!declared.some((name) => names.has(name))) continue
      edits.push(freedKeyword(statement))
      kept.push(...declared.filter((name) => !names.has(name)))
    } else {
      edits.push(...freedSpecifiers(statement, names))
    }
  }
  const changed = edits
    .sort((left, right) => right.start - left.start)
    .reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text)
  return kept.length === 0 ? changed : `${changed}\nexport { ${[...new Set(kept)].join(', ')} }\n`
}

/** `export default` of a named declaration becomes the declaration; of anything else a constant. */
function freedDefault(statement: SyntaxNode): Edit {
  const keyword = /export\s+default\s*/.exec(statement.text())
  const start = startOf(statement) + (keyword?.index ?? 0)
  const declaration = statement.field('declaration')
  const named = declaration !== null && declaration.field('name') !== null
  const value = declaration ?? statement.field('value')
  return {
    start,
    end: value === null ? start + (keyword?.[0].length ?? 0) : startOf(value),
    text: named ? '' : 'const __tddReplacedDefault = ',
  }
}

function freedKeyword(statement: SyntaxNode): Edit {
  const keyword = /export\s+/.exec(statement.text())
  const start = startOf(statement) + (keyword?.index ?? 0)
  return { start, end: start + (keyword?.[0].length ?? 0), text: '' }
}

function freedSpecifiers(statement: SyntaxNode, names: ReadonlySet<string>): Edit[] {
  const clause = statement.children().find((child) => child.kind() === 'export_clause')
  if (clause === undefined) {
    const space = statement.children().find((child) => child.kind() === 'namespace_export')
    const name = space === undefined ? null : (namedChildren(space)[0]?.text() ?? null)
    return name !== null && names.has(name)
      ? [{ start: startOf(statement), end: endOf(statement), text: '' }]
      : []
  }
  const specifiers = findKinds(clause, ['export_specifier'])
  const left = specifiers.filter((one) => {
    const node = one.field('alias') ?? one.field('name')
    return !names.has(literalText(node) ?? node?.text() ?? '')
  })
  if (left.length === specifiers.length) return []
  return [
    { start: startOf(clause), end: endOf(clause), text: `{ ${left.map((one) => one.text()).join(', ')} }` },
  ]
}
