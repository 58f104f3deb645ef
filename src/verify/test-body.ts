import type { SyntaxNode } from './syntax.ts'

/** The tests that stand in a file, by syntax alone. */
export interface TestBodies {
  readonly tests: readonly TestBody[]
  /** Tests whose full name is only known when they run. */
  readonly dynamicTests: readonly DynamicTest[]
  /** Whether some names are only known when they run. */
  readonly dynamic: boolean
  /** Everything in the file that is not inside a test: imports, helpers, hooks, constants. */
  readonly sharedHash: string
}

export interface TestBody {
  /** Full name as the runners report it, joined by ` > `; Python without the `[…]` of parameters. */
  readonly name: string
  readonly bodyHash: string
  /** 1 for the first line. */
  readonly line: number
  readonly modifiers: readonly TestModifier[]
  /** The call or function, for rules that look into it. */
  readonly node: SyntaxNode
}

export interface DynamicTest {
  /** Matches full names that this call may give. */
  readonly pattern: RegExp
  readonly bodyHash: string
  readonly line: number
  readonly modifiers: readonly TestModifier[]
  readonly node: SyntaxNode
}

export type TestModifier = 'only' | 'skip' | 'todo' | 'fails'
