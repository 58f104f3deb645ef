import type { Suite } from '../domain/suite.ts'
import { z } from 'zod'
import { locate, problemsError, readDocument } from './document.ts'
import { problemsOf, strict, valueAt } from './shapes.ts'
import { resolveSuites, suiteFileShape } from './suite-file.ts'

const projectShape = strict({ suites: z.array(suiteFileShape).min(1).max(1000) })

/**
 * The suites of a file that holds the `project` part of a plan: the part alone, or under the key `project`. What a suite
 * leaves out is taken from those that were found. Throws `config_invalid` with every problem.
 */
export function parseProject(text: string, fileName: string, detected: readonly Suite[]): readonly Suite[] {
  const read = readDocument(text, fileName)
  if (!read.ok) throw problemsError('config_invalid', fileName, read.problems)
  const { document } = read
  const inside = valueAt(document.value, ['project'])
  const prefix = inside === undefined ? [] : ['project']
  const parsed = projectShape.safeParse(inside ?? document.value)
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues, inside ?? document.value)
    const placed = problems.map((problem) => ({ ...problem, path: [...prefix, ...problem.path] }))
    throw problemsError('config_invalid', fileName, locate(document, placed))
  }
  const { suites, problems } = resolveSuites(parsed.data.suites, detected, [...prefix, 'suites'])
  if (problems.length > 0) throw problemsError('config_invalid', fileName, locate(document, problems))
  return suites
}
