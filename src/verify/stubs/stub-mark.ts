/** Stands in the message of every error that a stub throws. */
export const STUB_MARK = 'TDD_STUB'

/** `throwing` throws a marked error when it is called, constructed or read; `undefined` lets everything happen and gives nothing. */
export type StubVariant = 'throwing' | 'undefined'

export function stubMessage(name: string): string {
  return `${STUB_MARK}: ${name} does not exist yet`
}
