/** The right to write the target: a lease in the store and the fence in git, both by the same token. */
export interface LandingRight {
  readonly token: number
  /** What stands in the fence of the target. */
  readonly fence: string
}

/** The target cannot be written now and a person must act: landing stops, everything accepted stays. */
export class LandingHalted extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'LandingHalted'
  }
}
