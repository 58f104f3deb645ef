/** Bound on the texts that `{a,b}` may grow into. */
const MAX_ALTERNATIVES = 256

const compiled = new Map<string, RegExp>()
const MAX_COMPILED = 2_000

/**
 * Whether a path fits a pattern of a suite: `dir/**`, `**` + `/*.test.ts`, `*`, `?`, `[ab]`, `{a,b}`. A pattern
 * that names a directory with a slash at its end means everything below it. Both are relative, with `/`.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  let expression = compiled.get(pattern)
  if (expression === undefined) {
    expression = new RegExp(
      `^(?:${alternatives(normalizeRelativePath(pattern) || '**')
        .map(expressionOf)
        .join('|')})$`,
      'su',
    )
    if (compiled.size >= MAX_COMPILED) compiled.clear()
    compiled.set(pattern, expression)
  }
  return expression.test(path)
}

/** Asks names of files, without folders, whether they are in a list of names and patterns: a look-up for most. */
export function nameMatcher(names: readonly string[]): (name: string) => boolean {
  const plain = new Set(names.filter((name) => !name.includes('*')))
  const patterns = names.filter((name) => name.includes('*'))
  return (name) => plain.has(name) || patterns.some((pattern) => matchesPattern(pattern, name))
}

/** Whether a path fits one of the patterns, read in order: a later `!pattern` takes away what an earlier one gave. */
export function matchesAny(patterns: readonly string[], path: string): boolean {
  let matched = false
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) matched = matched && !matchesPattern(pattern.slice(1), path)
    else matched = matched || matchesPattern(pattern, path)
  }
  return matched
}

/** Whether every path of one pattern surely fits the other. A negation covers nothing. */
export function coversPattern(wide: string, narrow: string): boolean {
  return alternatives(normalizeRelativePath(narrow))
    .flatMap(samplesOf)
    .every((sample) => matchesPattern(wide, sample))
}

/** Paths that stand for all of a pattern: `**` as no directory, one and two, `*` as several characters. */
function samplesOf(pattern: string): string[] {
  const parts = pattern.split('/')
  return [[], ['**'], ['**', '**']].map((directories) =>
    parts
      .flatMap((part, at) => {
        if (part !== '**') return [part.replaceAll('*', '**')]
        return at < parts.length - 1 ? directories : [...directories, '**']
      })
      .join('/'),
  )
}

/** A relative path in one spelling: `/` as separator, no `.`, no empty part, no slash at the end (`dir/` becomes `dir/**`). `..` stays: callers refuse it. */
export function normalizeRelativePath(path: string): string {
  const slashed = path.replaceAll('\\', '/')
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.')
  if (slashed.endsWith('/') && parts.length > 0) parts.push('**')
  return parts.join('/')
}

/** A pattern relative to a directory, as a pattern relative to the repository. */
export function patternFrom(directory: string, pattern: string): string {
  const negated = pattern.startsWith('!')
  const joined = normalizeRelativePath(`${directory}/${negated ? pattern.slice(1) : pattern}`)
  return negated ? `!${joined}` : joined
}

/** `{a,b}` written out, nested ones too. */
function alternatives(pattern: string): string[] {
  const done: string[] = []
  const open = [pattern]
  while (open.length > 0 && done.length + open.length <= MAX_ALTERNATIVES) {
    const next = open.pop() ?? ''
    const group = /\{([^{}]*,[^{}]*)\}/.exec(next)
    if (group === null) done.push(next)
    else {
      const before = next.slice(0, group.index)
      const after = next.slice(group.index + group[0].length)
      open.push(...(group[1] ?? '').split(',').map((choice) => before + choice + after))
    }
  }
  return done
}

function expressionOf(pattern: string): string {
  let result = ''
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const token = /^(?:\*\*\/|\/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\])/.exec(rest)?.[0]
    if (token === undefined) {
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
      result += /[\\^$.|?*+()[\]{}/]/.test(character) ? `\\${character}` : character
      at += character.length
    } else {
      result += wildcardOf(token)
      at += token.length
    }
  }
  return result
}

function wildcardOf(token: string): string {
  if (token === '**/') return '(?:[^/]+/)*'
  if (token === '/**') return '/.+'
  if (token === '**') return '.*'
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  const inner = token
    .slice(1, -1)
    .replace(/^!/, '^')
    .replace(/[\\[&~|]/g, '\\$&')
  return `[${inner}]`
}
