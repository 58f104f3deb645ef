import { dirname, join } from 'node:path'
import ts from 'typescript'

/** The text of files by their path in the repository. */
export type Files = ReadonlyMap<string, string>

/** Exports of `src` that no other file imports. */
export function unusedExports(files: Files, entries: readonly string[]): string[] {
  const parsed = [...files].map(([path, text]) => ({
    path,
    source: ts.createSourceFile(path, text, ts.ScriptTarget.Latest),
  }))
  const used = new Set(parsed.flatMap(({ path, source }) => usesOf(path, source)))
  return parsed
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts') && !entries.includes(path))
    .flatMap(({ path, source }) =>
      exportsOf(source)
        .map((name) => `${path}: ${name}`)
        .filter((named) => !used.has(named) && !used.has(`${path}: *`)),
    )
}

function exportsOf(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      return ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map(({ name }) => name.text)
        : [statement.exportClause.name.text]
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
    if (!isExported) return []
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) =>
        ts.isIdentifier(name) ? [name.text] : [],
      )
    }
    const { name } = statement as ts.DeclarationStatement
    return name === undefined ? [] : [name.text]
  })
}

/** `path: name` of everything that the file takes from others; `path: *` where it takes all there is. */
function usesOf(path: string, source: ts.SourceFile): string[] {
  const found: string[] = []
  const add = (specifier: ts.Node | undefined, names: readonly string[]): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const target = join(dirname(path), specifier.text)
    found.push(...names.map((name) => `${target}: ${name}`))
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, importedNames(node.importClause?.namedBindings))
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, importedNames(node.exportClause))
    else if (ts.isVariableDeclaration(node) && importedLater(node.initializer) !== undefined)
      add(importedLater(node.initializer), boundNames(node.name))
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, ['*'])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function importedNames(names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): string[] {
  if (names === undefined) return []
  if (!('elements' in names)) return ['*']
  return names.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
}

/** The file of `await import(…)`. */
function importedLater(value: ts.Expression | undefined): ts.Node | undefined {
  if (value === undefined || !ts.isAwaitExpression(value) || !ts.isCallExpression(value.expression))
    return undefined
  const { expression, arguments: given } = value.expression
  return expression.kind === ts.SyntaxKind.ImportKeyword ? given[0] : undefined
}

function boundNames(name: ts.BindingName): string[] {
  if (!ts.isObjectBindingPattern(name)) return ['*']
  return name.elements.map((element) => {
    const taken = element.propertyName ?? element.name
    return ts.isIdentifier(taken) ? taken.text : '*'
  })
}
