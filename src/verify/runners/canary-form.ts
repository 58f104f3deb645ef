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
  /** Binds what the body uses, at the top level of the file; empty for globals. */
  readonly binding: string
  readonly body: string
}

export interface ModuleForm {
  /** How the file gets other modules. */
  readonly kind: 'import' | 'require'
  /** Specifiers of all modules that the file imports or requires. */
  readonly imported: ReadonlySet<string>
}

/** A line that binds `$own` to a module's default export or, with `whole`, to all of it. */
export function bind(form: ModuleForm, specifier: string, { whole = false, as = '$own' } = {}): string {
  const quoted = JSON.stringify(specifier)
  if (form.kind === 'require') return `const ${as} = require(${quoted})`
  return whole ? `import * as ${as} from ${quoted}` : `import ${as} from ${quoted}`
}

export function identifier(random: () => number): string {
  const letters = Array.from({ length: 9 }, () => LETTERS[Math.floor(random() * LETTERS.length)] ?? 'a')
  return letters.join('')
}

const LETTERS = 'bcdfghjklmnpqrtvwxz'
