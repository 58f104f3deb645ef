/** Why no work can land on a branch of this name, and what to write instead; null where it can. */
export function targetFault(name: string): { readonly what: string; readonly right: string } | null {
  if (name.startsWith('refs/')) {
    const short = name.replace(/^refs\/(heads\/)?/, '')
    return { what: 'is the full name of a ref', right: `name the branch alone: ${short}` }
  }
  if (MEANS_A_COMMIT.test(name))
    return { what: 'is what git takes for a commit', right: 'name a branch, for example tdd/my-plan' }
  if (isBranchName(name)) return null
  return { what: 'is not a branch name', right: 'name one that git accepts, for example tdd/my-plan' }
}

/** Whatever branch has such a name: git looks for it there last (gitrevisions). */
const MEANS_A_COMMIT = /^(@|([A-Z]+_)*HEAD|[0-9a-f]{40}|[0-9a-f]{64})$/

/** Whether git accepts this as the name of a branch (`git check-ref-format --branch`, without its shorthands). */
export function isBranchName(name: string): boolean {
  return !name.startsWith('-') && name !== 'HEAD' && isRefName(`refs/heads/${name}`)
}

/** Which of the names there keeps another from being made: git keeps none both as a name and as a folder of names. Null where none does. */
export function nameInTheWay(name: string, there: readonly string[]): string | null {
  return there.find((other) => name.startsWith(`${other}/`) || other.startsWith(`${name}/`)) ?? null
}

/** Whether git accepts this as the full name of a ref. */
export function isRefName(ref: string): boolean {
  if (!ref.startsWith('refs/') || !ref.isWellFormed()) return false
  if (FORBIDDEN.test(ref) || hasControlCharacter(ref) || ref.endsWith('.')) return false
  return ref.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}

const FORBIDDEN = /[ ~^:?*[\\]|\.\.|@\{/

function hasControlCharacter(text: string): boolean {
  return Array.from(text).some((character) => character < ' ' || character === '\u007f')
}
