import type { ProviderLimit } from './agent.ts'

/** What an HTTP status of a provider says of its serving at all; null where it is about the request. */
export function limitOf(status: number | null): ProviderLimit | null {
  if (status === 429) return 'rate_limit'
  // A request that took too long, or met another: both may be asked again.
  return status === 408 || status === 409 || (status !== null && status >= 500) ? 'overloaded' : null
}
