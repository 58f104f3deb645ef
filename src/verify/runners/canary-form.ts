import type { Suite } from '../../domain/suite.ts'

export interface CanaryRequest {
  readonly suite: Suite
  /** Relative to the repository. */
  readonly file: string
  readonly text: string
  /** A number in [0, 1). */
  readonly random: () => number
}

export interface CanaryTest {
  readonly library: string
  readonly testName: string
  /** As the report names it. */
  readonly fullName: string
}

/** An assertion that is false, as code of its test's body. */
export interface FalseAssertion {
  readonly library: string
  /** Binds what the body uses, at the top level of the file; empty where the file has a name for it. */
  readonly binding: string
  readonly body: string
}

export interface ModuleForm {
  /** How the file gets other modules. */
  readonly kind: 'import' | 'require'
  /** Specifiers of all modules that the file imports or requires. */
  readonly imported: ReadonlySet<string>
  /** What it calls them at its top level. */
  readonly names: readonly ImportedName[]
}

export interface ImportedName {
  readonly specifier: string
  /** `default`, `*` for all of it, or the name of an export. */
  readonly imported: string
  readonly local: string
  /** Index in the text from which on it can be used; 0 for imports. */
  readonly readyAt: number
}

/** A file has at least so many canaries, so that no single place of the file tells them all. */
export const LEAST_CANARIES = 3

/** Code that binds `$own` to a module's default export or, with `whole`, to all of it. */
export function bind(form: ModuleForm, specifier: string, { whole = false, as = '$own' } = {}): string {
  const quoted = JSON.stringify(specifier)
  if (form.kind === 'require') return `const ${as} = require(${quoted})`
  return whole ? `import * as ${as} from ${quoted}` : `import ${as} from ${quoted}`
}

export function identifier(random: () => number): string {
  const letters = Array.from({ length: 9 }, () => LETTERS[Math.floor(random() * LETTERS.length)] ?? 'a')
  return letters.join('')
}

/** Words of one of the file's own tests and a random one. */
export function canaryWords(names: readonly string[], random: () => number): string[] {
  const name = names[Math.floor(random() * names.length)] ?? ''
  const words = (name.split(' > ').at(-1) ?? '').split(/[\s_]+/)
  return [...words.filter((word) => /^[A-Za-z][\w-]*$/.test(word)).slice(0, MOST_WORDS), identifier(random)]
}

/** Two literals of one kind that differ, as tests have them: numbers or words. */
export function unequal(random: () => number): [string, string] {
  const size = random() < 0.5 ? 20 : 5_000
  const left = Math.floor(random() * size)
  if (random() < 0.5) return [`${left}`, `${left + 1 + Math.floor(random() * size)}`]
  const letters = 2 + Math.floor(random() * 6)
  const word = identifier(random).slice(0, letters)
  return [`'${word}'`, `'${identifier(random).slice(0, letters + 1)}'`]
}

const LETTERS = 'bcdfghjklmnpqrtvwxz'
const MOST_WORDS = 6
