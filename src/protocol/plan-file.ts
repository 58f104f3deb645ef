import { z } from 'zod'
import { COMPLEXITIES, TASK_KINDS } from '../domain/plan.ts'
import { limitsFileShape } from './limits-file.ts'
import { strict } from './shapes.ts'
import { commandShape, suiteFileShape, textShape } from './suite-file.ts'

/** Tasks of one plan. */
const PLAN_TASKS = 1_000_000

const line = textShape.max(1000).refine((text) => text.trim() !== '', 'is empty\nwrite something')
const prose = textShape.refine(
  (text) => text.trim() !== '',
  'is empty\nwrite something, or leave the key out',
)
const id = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u,
    'is not a usable id\nuse 1 to 100 letters, digits, ".", "_" and "-", with a letter or digit first',
  )

/** A task's key names branches and trailers, so it must be a part of a git reference on every file system. */
const taskKeyShape = z.string().superRefine((key, context) => {
  const wrong = keyFault(key)
  if (wrong !== null) context.addIssue({ code: 'custom', message: wrong })
})

const paths = z.array(z.string()).max(10_000)

const requirementShape = strict({
  id: id.describe('Named by the criteria of tasks.'),
  kind: z.enum(['functional', 'non_functional']).optional().describe('Default: functional.'),
  text: prose,
  source: strict({ file: z.string().min(1), line: z.int().min(1).optional() })
    .optional()
    .describe('Where the spec says it.'),
  metric: strict({
    name: line,
    op: z.enum(['<', '<=', '>', '>=', '==', '!=']),
    value: z.number(),
    unit: z.string().max(100).optional(),
  }).optional(),
})

const criterionShape = strict({
  id: id.describe(
    'Unique in its task; a test claims it by this id as a word in its full name, in Python AC-1 as test_ac_1_….',
  ),
  text: prose,
  requirements: z.array(id).optional().describe('Ids of requirements. Default: none.'),
})

const taskFileShape = strict({
  key: taskKeyShape.describe('Unique in the plan.'),
  title: line,
  goal: prose.optional().describe('What is to be reached. Default: the title.'),
  kind: z.enum(TASK_KINDS).optional().describe('Default: implement.'),
  suite: z
    .string()
    .optional()
    .describe('Name of a suite. Default: the one whose directory holds the paths of the task.'),
  criteria: z.array(criterionShape).max(1000).optional().describe('Default: none.'),
  tests: paths.optional().describe("Paths or dir/** that RED may change. Default: the suite's tests."),
  sources: paths
    .optional()
    .describe("Paths or dir/** that GREEN is meant to change. Default: the suite's sources."),
  allow: paths.optional().describe('Frozen paths that this task may change all the same. Default: none.'),
  dependsOn: z
    .array(z.string())
    .optional()
    .describe('Keys of tasks that land before this one starts. Default: none.'),
  complexity: z.enum(COMPLEXITIES).optional().describe('Default: medium.'),
  testKind: z.enum(['unit', 'integration', 'e2e']).optional().describe('Default: unit.'),
  exports: z
    .array(line)
    .max(1000)
    .optional()
    .describe('Names that the sources of the task export. Default: none.'),
  hints: textShape.optional().describe('Shown to the agent.'),
  verify: z
    .array(
      z.union([line, commandShape], {
        error: 'is neither the name of a check nor an argument array\nwrite "types" or ["npm", "run", "e2e"]',
      }),
    )
    .max(100)
    .optional()
    .describe("Names of the suite's checks, or commands. Default: none."),
  done: z.array(prose).max(1000).optional().describe('Done criteria. Default: none.'),
  priority: z.int().min(-1_000_000).max(1_000_000).optional().describe('Higher goes first. Default: 0.'),
  estimateMs: z
    .int()
    .min(1)
    .max(31_536_000_000)
    .optional()
    .describe(
      'Expected duration in milliseconds. The longest chain of tasks goes first; a task without one counts as the mean of those that have one.',
    ),
  phase: line.optional(),
  view: line.optional(),
  jobs: z.array(line).optional(),
  role: line.optional(),
})
export type TaskFile = z.infer<typeof taskFileShape>

/** Notes of the planning parts: texts, or objects that those parts define. */
const notes = z.array(z.union([prose, z.record(z.string(), z.json())])).max(10_000)

export const planFileShape = strict({
  version: z.literal(1),
  title: line.optional().describe('Default: the name of the file.'),
  project: strict({
    suites: z.array(suiteFileShape).min(1).max(1000).describe('Replaces the suites of the configuration.'),
  }).optional(),
  limits: limitsFileShape.optional(),
  requirements: z.array(requirementShape).max(100_000).optional(),
  tasks: z.array(taskFileShape).min(1).max(PLAN_TASKS),
  assumptions: notes.optional(),
  questions: notes.optional(),
  risks: z.array(strict({ text: prose, impact: line, mitigation: prose })).optional(),
  decisions: notes.optional(),
  jobs: notes.optional(),
  views: z.json().optional(),
  phases: notes.optional(),
  modules: notes.optional(),
  schemaChanges: notes.optional(),
  impact: strict({ stage: prose.optional(), worker: prose.optional(), system: prose.optional() }).optional(),
})
export type PlanFile = z.infer<typeof planFileShape>

function keyFault(key: string): string | null {
  if (key.trim() === '') return 'is empty\ngive the task a key such as PARSE-1'
  if (key.length > 100) return `has ${key.length} characters\nuse at most 100`
  if (key.startsWith('-')) return 'begins with "-"\nbegin with a letter or digit'
  if (key.includes('..')) return 'contains ".."\nuse single dots'
  if (key.includes('/')) return 'contains "/"\nuse "-" or "."'
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(key)) {
    return `${JSON.stringify(key)} is not a usable key\nuse letters, digits, ".", "_" and "-", with a letter or digit first`
  }
  if (key.endsWith('.') || key.toLowerCase().endsWith('.lock')) {
    return 'ends with "." or ".lock"\ngit has no branch of that name'
  }
  return null
}
