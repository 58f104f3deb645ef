import { functionsIn } from './declared-names.ts'
import type { RewrittenFile } from './kept-assertions.ts'
import { readOnce } from './stubs/read-once.ts'
import { familyOf, namedChildren, parseFile, type SyntaxNode } from './syntax.ts'

/**
 * Functions of a file that cannot be called any more as they were: none of that name takes what one of them took.
 * Names and types of parameters do not count, nor what may be left out: the same can be asked with them.
 */
export function takingOthers({ path, before, after }: RewrittenFile): string[] {
  const [then, now] = [parametersIn(path, before), parametersIn(path, after)]
  const isTaken = (old: Parameters, name: string): boolean =>
    now.get(name)?.some((other) => takes(other, old)) ?? true
  return [...then].filter(([name, lists]) => !lists.some((old) => isTaken(old, name))).map(([name]) => name)
}

type Parameters = readonly Parameter[]

interface Parameter {
  /** `*` of Python is a mark: what stands behind it is given by name. */
  readonly form: 'plain' | 'named' | 'rest' | 'mark'
  readonly mayLack: boolean
}

function takes(now: Parameters, then: Parameters): boolean {
  const rest = now.findIndex(({ form }) => form === 'rest')
  const [fixed, isOpen] = [rest < 0 ? now : now.slice(0, rest), rest >= 0]
  return (
    then.every((old, at) => {
      const other = fixed[at]
      if (other === undefined) return isOpen
      return other.form === old.form && (other.mayLack || !old.mayLack)
    }) && fixed.slice(then.length).every(({ mayLack }) => mayLack)
  )
}

/** What the functions of a file take, by their names. */
const parametersIn = readOnce((path, text): ReadonlyMap<string, readonly Parameters[]> => {
  const root = parseFile(path, text)
  const family = familyOf(path)
  if (root === null || family === null) return new Map()
  const named = Map.groupBy(functionsIn(root, family), ({ name }) => name)
  return new Map(
    [...named].map(([name, functions]) => [name, functions.map(({ node }) => parametersOf(node))]),
  )
})

function parametersOf(node: SyntaxNode): Parameters {
  const made = node.field('value') ?? node.field('right') ?? node
  const list = made.field('parameters')
  if (list !== null) return namedChildren(list).flatMap(parameterOf)
  return made.field('parameter') === null ? [] : [{ form: 'plain', mayLack: false }]
}

function parameterOf(node: SyntaxNode): Parameters {
  const typed = node.kind() === 'typed_parameter' ? node.child(0) : node.field('pattern')
  const kind = String((typed ?? node).kind())
  if (kind === 'this' || kind === 'positional_separator') return []
  const form = FORMS[kind] ?? 'plain'
  const mayLack = form === 'rest' || form === 'mark' || LACKING.has(String(node.kind()))
  return [{ form, mayLack: mayLack || node.field('value') !== null }]
}

const FORMS: Readonly<Record<string, Parameter['form']>> = {
  object_pattern: 'named',
  rest_pattern: 'rest',
  list_splat_pattern: 'rest',
  dictionary_splat_pattern: 'rest',
  keyword_separator: 'mark',
}
const LACKING = new Set(['optional_parameter', 'default_parameter', 'typed_default_parameter'])
