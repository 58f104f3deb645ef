/** How often things are tried and how large they may get. Configuration `limits.*`; the defaults are those of the design. */
export interface Limits {
  /** RED_FIX attempts after a refused RED. */
  readonly redFix: number
  readonly green: number
  readonly fix: number
  /** Disputes of one task. */
  readonly disputes: number
  readonly landingReturns: number
  /** Infrastructure retries of one stage; never counted as attempts. */
  readonly infrastructure: number
  /** Attempts of one task in all; and so many may be cut off in a row with the process that works them. */
  readonly attempts: number
  /** One attempt of an agent. */
  readonly stageMs: number
  /** Silence after which an agent counts as stalled. */
  readonly stallMs: number
  /** What an agent may leave behind. */
  readonly treeBytes: number
  readonly treeFiles: number
}

export const DEFAULT_LIMITS: Limits = {
  redFix: 2,
  green: 3,
  fix: 3,
  disputes: 2,
  landingReturns: 3,
  infrastructure: 5,
  attempts: 20,
  stageMs: 1_800_000,
  stallMs: 600_000,
  treeBytes: 1024 ** 3,
  treeFiles: 100_000,
}
