/** What the text of a file names outside of itself, as written. */
export interface Mentions {
  /** Relative paths; those that stay below the file's directory only where they were asked for. */
  readonly paths: readonly string[]
  /** Packages that are imported by name. */
  readonly packages: readonly string[]
}

/**
 * What a text names, found by its form, in whatever language: `../a/src`, the parts of `join(here, '..', 'a')`, packages
 * in imports. A file at the top of the repository names directories without `..`: for one of those, `inward` takes these
 * paths too.
 */
export function mentionsIn(text: string, { inward }: { readonly inward: boolean }): Mentions {
  const outward = [...text.matchAll(OUTWARD)].map((match) => wholePath(text, match)).filter(climbs)
  const joined = [...text.matchAll(JOINED)].map(([parts]) => quotedIn(parts).join('/'))
  const below = inward ? [...text.matchAll(INWARD)].map(([, path = '']) => path) : []
  const packages = [...text.matchAll(IMPORTED)].map(([, name = '']) => name)
  return { paths: [...new Set([...outward, ...joined, ...below])], packages: [...new Set(packages)] }
}

/** Ends where a path in a string literal, an import or a setting ends, or where it is no longer literal. */
const OUTWARD = /\.\.\/[\w./@+~-]*/g
/** `'..', '..', 'a', 'src'`, as functions that join paths take it. */
const JOINED = /(["'`])\.\.\1(?:\s*,\s*(["'`])[\w./@+~-]+\2)*/g
const INWARD = /["'`](?:\.\/)?([\w@][\w.@+~-]*\/[\w./@+~-]*)/g
const IMPORTED =
  /\b(?:from|import|require|resolve|mock)\s{0,8}\(?\s{0,8}["'`]((?:@[\w.~-]+\/)?[a-z\d][\w.~-]*)[/"'`]/gi

/** Characters before `../` that are looked at: a file may be one line. */
const LONGEST_BEGINNING = 200

/** With what stands before its first `../`: `src/../../a`. After a variable it begins with a slash, and means the file's directory. */
function wholePath(text: string, { 0: path, index }: RegExpExecArray): string {
  const [beginning = ''] =
    /[\w./@+~-]*$/.exec(text.slice(Math.max(0, index - LONGEST_BEGINNING), index)) ?? []
  return (beginning + path).replace(/^\/+/, '')
}

function climbs(path: string): boolean {
  return path.split('/').includes('..')
}

function quotedIn(parts: string): string[] {
  return [...parts.matchAll(/["'`]([^"'`]+)["'`]/g)].map(([, part = '']) => part)
}
