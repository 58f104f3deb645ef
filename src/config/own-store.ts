import { join } from 'node:path'

export interface StatePlace {
  /** The state directory of the repository. */
  readonly directory: string
  /** The store. */
  readonly db: string
}

/** The store of a state directory, where none is configured. */
export function ownStore(directory: string): string {
  return join(directory, 'store.db')
}
