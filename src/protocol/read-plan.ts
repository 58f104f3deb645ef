import { type Plan, type TaskDefinition, UNSAID } from '../domain/plan.ts'
import { linkProblems, pathProblems } from '../domain/plan-check.ts'
import { isUnder, readTaskPath } from '../domain/plan-path.ts'
import type { Problem } from '../domain/problem.ts'
import { didYouMean } from '../domain/suggest.ts'
import type { Suite } from '../domain/suite.ts'
import { locate, problemsError, readDocument } from './document.ts'
import { planFileShape } from './plan-file.ts'
import type { PlanFile, TaskFile } from './plan-file.ts'
import { problemsOf, valueAt } from './shapes.ts'
import { resolveSuites, suitePatterns } from './suite-file.ts'

interface PlanContext {
  readonly fileName: string
  /** Suites of the configuration, or as found; what a plan without `project` uses. */
  readonly configuredSuites: readonly Suite[]
  /** Suites found in the repository, for suites of the plan that leave something out. Default: the configured ones. */
  readonly detectedSuites?: readonly Suite[]
}

/** The plan with every default filled in. Throws `plan_invalid` with every problem that was found. */
export function parsePlan(text: string, context: PlanContext): Plan {
  return readPlan(text, context).plan
}

/** The plan, and the file as it was written with the fields that later parts use. */
export function readPlan(
  text: string,
  context: PlanContext,
): { readonly file: PlanFile; readonly plan: Plan } {
  const read = readDocument(text, context.fileName)
  if (!read.ok) throw problemsError('plan_invalid', context.fileName, read.problems)
  const { document } = read
  const parsed = planFileShape.safeParse(document.value)
  if (!parsed.success) {
    const problems = [...problemsOf(parsed.error.issues, document.value), ...looseProblems(document.value)]
    throw problemsError('plan_invalid', context.fileName, locate(document, problems))
  }
  const { plan, problems } = completePlan(parsed.data, context)
  if (problems.length > 0) throw problemsError('plan_invalid', context.fileName, locate(document, problems))
  return { file: parsed.data, plan }
}

/** What can still be told about the links of tasks when some of the file has the wrong shape. */
function looseProblems(value: unknown): Problem[] {
  const tasks = valueAt(value, ['tasks'])
  if (!Array.isArray(tasks)) return []
  const links = tasks.flatMap((task: unknown, index) => {
    const key = valueAt(task, ['key'])
    const dependsOn = valueAt(task, ['dependsOn'])
    if (typeof key !== 'string' || key === '') return []
    const usable =
      Array.isArray(dependsOn) && dependsOn.every((entry): entry is string => typeof entry === 'string')
    return [{ index, key, dependsOn: usable ? dependsOn : [] }]
  })
  return linkProblems(links)
}

interface Completion {
  readonly suites: readonly Suite[]
  readonly requirements: ReadonlySet<string>
  readonly problems: Problem[]
}

function completePlan(file: PlanFile, context: PlanContext): { plan: Plan; problems: readonly Problem[] } {
  const problems: Problem[] = []
  const resolved =
    file.project === undefined
      ? { suites: context.configuredSuites, problems: [] }
      : resolveSuites(file.project.suites, context.detectedSuites ?? context.configuredSuites, [
          'project',
          'suites',
        ])
  problems.push(...resolved.problems)
  if (resolved.suites.length === 0) {
    problems.push({
      path: [],
      what: 'names no suite, and none is configured or was found',
      right: 'add project.suites, or run init',
    })
  }
  const requirements = requirementIds(file, problems)
  const completion = { suites: resolved.suites, requirements, problems }
  const tasks = file.tasks.map((task, index) => completeTask(task, index, completion))
  problems.push(...linkProblems(tasks.map(({ key, dependsOn }, index) => ({ index, key, dependsOn }))))
  const plan: Plan = {
    version: 1,
    title: file.title ?? titleOf(context.fileName),
    suites: resolved.suites,
    requirements: (file.requirements ?? []).map(({ id, kind, text }) => ({
      id,
      kind: kind ?? 'functional',
      text,
    })),
    tasks,
    ...(file.limits === undefined ? {} : { limits: file.limits }),
  }
  return { plan, problems }
}

function requirementIds(file: PlanFile, problems: Problem[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [index, { id }] of (file.requirements ?? []).entries()) {
    if (ids.has(id)) {
      problems.push({
        path: ['requirements', index, 'id'],
        what: `${JSON.stringify(id)} is there twice`,
        right: 'give each its own id',
      })
    }
    ids.add(id)
  }
  return ids
}

function completeTask(file: TaskFile, index: number, completion: Completion): TaskDefinition {
  const kind = file.kind ?? 'implement'
  const tests = readPaths(file.tests, ['tasks', index, 'tests'], completion)
  const sources = readPaths(file.sources, ['tasks', index, 'sources'], completion)
  const allow = readPaths(file.allow, ['tasks', index, 'allow'], completion) ?? []
  completion.problems.push(
    ...listProblems(file, index),
    ...pathProblems({ index, tests: tests ?? [], sources: sources ?? [] }),
  )
  const suite = suiteOf(file, index, { ...completion, paths: [...(tests ?? []), ...(sources ?? [])] })
  checkCriteria(file, index, completion)
  if (suite !== null) checkVerify(file, index, { suite, problems: completion.problems })
  return {
    key: file.key,
    title: file.title,
    goal: file.goal ?? file.title,
    kind,
    suite: suite?.name ?? '',
    criteria: (file.criteria ?? []).map(({ id, text, requirements }) => ({
      id,
      text,
      requirements: requirements ?? [],
    })),
    tests: tests ?? (suite === null || kind === 'scaffold' ? [] : suitePatterns(suite, 'tests')),
    sources: sources ?? (suite === null ? [] : suitePatterns(suite, 'sources')),
    allow,
    dependsOn: file.dependsOn ?? UNSAID.dependsOn,
    complexity: file.complexity ?? UNSAID.complexity,
    testKind: file.testKind ?? UNSAID.testKind,
    exports: file.exports ?? [],
    hints: file.hints ?? UNSAID.hints,
    verify: (file.verify ?? []).map((entry) =>
      typeof entry === 'string' ? { check: entry } : { command: entry },
    ),
    done: file.done ?? UNSAID.done,
    priority: file.priority ?? UNSAID.priority,
    estimateMs: file.estimateMs ?? UNSAID.estimateMs,
    locks: [...new Set([...(tests ?? []), ...(sources ?? [])])],
  }
}

function readPaths(
  texts: readonly string[] | undefined,
  path: readonly (string | number)[],
  { problems }: Completion,
): string[] | null {
  if (texts === undefined) return null
  const seen = new Set<string>()
  for (const [position, text] of texts.entries()) {
    const read = readTaskPath(text)
    if (read.ok) {
      if (seen.has(read.path)) {
        problems.push({
          path: [...path, position],
          what: `names ${JSON.stringify(read.path)} a second time`,
          right: 'remove it',
        })
      }
      seen.add(read.path)
    } else {
      problems.push({
        path: [...path, position],
        what: `${JSON.stringify(text.slice(0, 120))} ${read.what}`,
        right: read.right,
      })
    }
  }
  return [...seen]
}

/** Lists that may not be empty for the task's kind. */
function listProblems(file: TaskFile, index: number): Problem[] {
  const kind = file.kind ?? 'implement'
  const problems: Problem[] = []
  const empty = (key: 'tests' | 'sources'): void => {
    const right = `list at least one, or leave ${key} out for those of the suite`
    problems.push({
      path: ['tasks', index, key],
      what: `is empty, and a task of kind ${kind} has ${key}`,
      right,
    })
  }
  if (file.tests?.length === 0 && kind !== 'scaffold' && kind !== 'maintenance') empty('tests')
  if (file.sources?.length === 0 && kind !== 'verify_only') empty('sources')
  if (kind === 'verify_only' && (file.exports ?? []).length === 0) {
    problems.push({
      path: ['tasks', index, 'exports'],
      what: 'is missing',
      right: 'a task of kind verify_only lists the exports whose removal its tests must notice',
    })
  }
  return problems
}

function suiteOf(
  file: TaskFile,
  index: number,
  context: Completion & { readonly paths: readonly string[] },
): Suite | null {
  const { suites, problems, paths } = context
  if (file.suite !== undefined) {
    const named = suites.find(({ name }) => name === file.suite)
    if (named !== undefined) return named
    const names = suites.map(({ name }) => name)
    const right = didYouMean(
      file.suite,
      names,
      names.length === 0 ? 'add project.suites' : `there are: ${names.join(', ')}`,
    )
    problems.push({
      path: ['tasks', index, 'suite'],
      what: `${JSON.stringify(file.suite)} is no suite`,
      right,
    })
    return null
  }
  if (suites.length <= 1) return suites[0] ?? null
  const holding = suites.filter(({ cwd }) => paths.length > 0 && paths.every((path) => isUnder(path, cwd)))
  const longest = Math.max(...holding.map(({ cwd }) => cwd.length))
  const [only, ...others] = holding.filter(({ cwd }) => cwd.length === longest)
  if (only !== undefined && others.length === 0) return only
  problems.push({
    path: ['tasks', index, 'suite'],
    what: 'is missing, and there are several suites',
    right: `name one: ${suites.map(({ name }) => name).join(', ')}`,
  })
  return null
}

function checkCriteria(file: TaskFile, index: number, { requirements, problems }: Completion): void {
  const ids = new Set<string>()
  for (const [position, criterion] of (file.criteria ?? []).entries()) {
    const path = ['tasks', index, 'criteria', position]
    if (ids.has(criterion.id)) {
      problems.push({
        path: [...path, 'id'],
        what: `${JSON.stringify(criterion.id)} is there twice in this task`,
        right: 'give each its own id',
      })
    }
    ids.add(criterion.id)
    if (requirements.size === 0) continue
    for (const [place, id] of (criterion.requirements ?? []).entries()) {
      if (requirements.has(id)) continue
      problems.push({
        path: [...path, 'requirements', place],
        what: `${JSON.stringify(id)} is no requirement of this plan`,
        right: didYouMean(id, requirements, 'add it to requirements'),
      })
    }
  }
}

function checkVerify(
  file: TaskFile,
  index: number,
  { suite, problems }: { readonly suite: Suite; readonly problems: Problem[] },
): void {
  for (const [position, entry] of (file.verify ?? []).entries()) {
    if (typeof entry !== 'string' || Object.hasOwn(suite.checks, entry)) continue
    const names = Object.keys(suite.checks)
    const fallback =
      names.length === 0
        ? `suite ${suite.name} has no checks; give an argument array`
        : `suite ${suite.name} has: ${names.join(', ')}`
    problems.push({
      path: ['tasks', index, 'verify', position],
      what: `${JSON.stringify(entry)} is no check`,
      right: didYouMean(entry, names, fallback),
    })
  }
}

function titleOf(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? fileName
  return base.replace(/\.(json|ya?ml)$/i, '') || 'plan'
}
