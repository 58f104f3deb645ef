/** Whether git accepts this as the name of a branch (`git check-ref-format --branch`, without its shorthands). */
export function isBranchName(name: string): boolean {
  return !name.startsWith('-') && name !== 'HEAD' && isRefName(`refs/heads/${name}`)
}

/** Whether git accepts this as the full name of a ref. */
export function isRefName(ref: string): boolean {
  if (!ref.startsWith('refs/') || !ref.isWellFormed()) return false
  if (FORBIDDEN.test(ref) || ref.endsWith('.')) return false
  return ref.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}

/** Control characters, space, `~^:?*[\`, two dots, and `@{`. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/
