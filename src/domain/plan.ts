import type { Limits } from './limits.ts'
import type { Command, Suite } from './suite.ts'

/** A checked plan: what `ingest` read, with every default filled in. */
export interface Plan {
  readonly version: 1
  readonly title: string
  readonly suites: readonly Suite[]
  readonly requirements: readonly Requirement[]
  readonly tasks: readonly TaskDefinition[]
  /** Limits that the plan sets; the rest is the configuration's. */
  readonly limits?: PlanLimits
}

/** Any of the limits; what is left out is the configuration's. */
export type PlanLimits = { readonly [Name in keyof Limits]?: number | undefined }

export interface Requirement {
  readonly id: string
  readonly kind: 'functional' | 'non_functional'
  readonly text: string
}

export interface Criterion {
  readonly id: string
  readonly text: string
  readonly requirements: readonly string[]
}

export const TASK_KINDS = ['implement', 'verify_only', 'maintenance', 'scaffold'] as const
export type TaskKind = (typeof TASK_KINDS)[number]

export const COMPLEXITIES = ['low', 'medium', 'high'] as const
export type Complexity = (typeof COMPLEXITIES)[number]

/** A check of the suite by name, or a command of its own. */
type VerifyStep = { readonly check: string } | { readonly command: Command }

/** One behaviour to be built test-first. Paths are normalised and relative to the repository. */
export interface TaskDefinition {
  readonly key: string
  readonly title: string
  readonly goal: string
  readonly kind: TaskKind
  /** Name of a suite of the plan. */
  readonly suite: string
  readonly criteria: readonly Criterion[]
  /** Paths or `dir/**` that RED may change. */
  readonly tests: readonly string[]
  /** Paths or `dir/**` that GREEN is meant to change. */
  readonly sources: readonly string[]
  /** Frozen paths that this task may change all the same. */
  readonly allow: readonly string[]
  readonly dependsOn: readonly string[]
  readonly complexity: Complexity
  readonly testKind: 'unit' | 'integration' | 'e2e'
  readonly exports: readonly string[]
  readonly hints: string | null
  readonly verify: readonly VerifyStep[]
  readonly done: readonly string[]
  readonly priority: number
  readonly estimateMs: number | null
  /** Paths and `dir/**` entries that the task holds while it runs; empty when tests and sources are the suite's own. */
  readonly locks: readonly string[]
}

/** What a task has where nobody said otherwise; none of it decides anything about its proof. */
export const UNSAID = {
  dependsOn: [],
  complexity: 'medium',
  testKind: 'unit',
  hints: null,
  done: [],
  priority: 0,
  estimateMs: null,
} as const satisfies Partial<TaskDefinition>
