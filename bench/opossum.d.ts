/** What the bench uses of opossum, which ships no types. */
declare module 'opossum' {
  export default class CircuitBreaker {
    constructor(action: () => Promise<unknown>, options: { readonly timeout: false })
    fire(): Promise<unknown>
    shutdown(): void
  }
}
