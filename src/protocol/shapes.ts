import { z } from 'zod'
import type { Problem } from '../domain/problem.ts'
import { didYouMean } from '../domain/suggest.ts'

/** An object that refuses unknown keys and names the one that was probably meant. */
export function strict<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => didYouMean(key, known, `known here: ${known.join(', ')}`)).join('\n')
        : undefined,
  })
}

/** What zod found, in the words of this product. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Problem[] {
  const problems = issues.flatMap((issue) => problemsOfIssue(issue, value))
  // A number out of two ranges is told once, with the narrower one, which comes last.
  return problems.filter(
    (problem, index) => !problems.slice(index + 1).some((later) => isSameFault(problem, later)),
  )
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined
    current = Object.getOwnPropertyDescriptor(current, part)?.value
  }
  return current
}

function isSameFault(one: Problem, other: Problem): boolean {
  return one.what === other.what && one.path.join('\0') === other.path.join('\0')
}

function problemsOfIssue(issue: z.core.$ZodIssue, value: unknown): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  const found = valueAt(value, issue.path)
  // Our own shapes say both halves, with a line end between them.
  if (issue.code !== 'unrecognized_keys' && issue.message.includes('\n')) {
    const [what = '', right = ''] = issue.message.split('\n')
    return [{ path, what, right }]
  }
  switch (issue.code) {
    case 'unrecognized_keys': {
      const rights = issue.message.split('\n')
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        what: 'is not known',
        right: rights[index] ?? '',
      }))
    }
    case 'invalid_type':
      if (found === undefined) return [{ path, what: 'is missing', right: `give ${article(issue.expected)}` }]
      return [{ path, what: `is ${nameOf(found)}`, right: `give ${article(issue.expected)}` }]
    case 'invalid_value':
      return [invalidValue(path, found, issue.values)]
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') {
        return [
          {
            path,
            what: 'is empty',
            right: issue.origin === 'array' ? 'list at least one' : 'write something',
          },
        ]
      }
      return [
        {
          path,
          what: `is ${String(found)}`,
          right:
            issue.inclusive === false ? `give more than ${issue.minimum}` : `the least is ${issue.minimum}`,
        },
      ]
    case 'too_big':
      if (issue.origin === 'string') {
        return [{ path, what: `is longer than ${issue.maximum} characters`, right: 'shorten it' }]
      }
      if (issue.origin === 'array') {
        return [{ path, what: `has more than ${issue.maximum} entries`, right: 'shorten it' }]
      }
      return [{ path, what: `is ${String(found)}`, right: `the most is ${issue.maximum}` }]
    case 'invalid_key':
      return [{ path, what: 'is not a usable name', right: issue.issues[0]?.message ?? '' }]
    default:
      return [{ path, what: `is not right: ${issue.message}`, right: '' }]
  }
}

function invalidValue(path: Problem['path'], found: unknown, values: readonly unknown[]): Problem {
  const allowed = values.map(String)
  if (found === undefined) return { path, what: 'is missing', right: `give ${allowed.join(' or ')}` }
  const meant = values.find((value) => typeof value !== 'string' && String(value) === found)
  if (meant !== undefined && typeof found === 'string') {
    return { path, what: `is ${nameOf(found)}`, right: `give the ${typeof meant} ${found}` }
  }
  const list = allowed.length === 1 ? `give ${allowed.join('')}` : `one of: ${allowed.join(', ')}`
  const right = typeof found === 'string' ? didYouMean(found, allowed, list) : list
  return { path, what: `is ${JSON.stringify(found)?.slice(0, 80)}`, right }
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') {
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`
  }
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : `a ${typeof value}`
}

function article(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    tuple: 'a list',
    object: 'an object',
    record: 'an object',
  }
  return names[expected] ?? expected
}
