/** How often things are tried. Configuration `limits.*`; the defaults are those of the design. */
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
  /** Attempts of one task in all. */
  readonly attempts: number
}

export const DEFAULT_LIMITS: Limits = {
  redFix: 2,
  green: 3,
  fix: 3,
  disputes: 2,
  landingReturns: 3,
  infrastructure: 5,
  attempts: 20,
}
