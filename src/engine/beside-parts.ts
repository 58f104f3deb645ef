import type { Neighbour, Neighbours } from '../domain/neighbours.ts'
import { decisionsFor, type PlanDecision } from '../domain/plan-decisions.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { PromptPart } from '../domain/prompt-part.ts'
import { offered } from './code-parts.ts'
import { filesOf, namedFiles, type Project } from './project-facts.ts'

/** Tasks and files of each kind that are told of. */
const TOLD = 20
const FILES = 24
/** Tokens of each part; what is longer is cut, and says so. */
const DECISIONS = 2_000
const TASKS = 800

/** What surrounds a task in its plan: what was decided, what it builds on, what builds on it, who works now. */
export interface Surroundings {
  readonly neighbours: Neighbours
  readonly decisions: readonly PlanDecision[]
  readonly keys: ReadonlySet<string>
}

/** What is true the longest comes first: who works now may differ with each attempt. */
export async function besideParts(
  project: Project,
  task: TaskDefinition,
  { neighbours, decisions, keys }: Surroundings,
): Promise<PromptPart[]> {
  const { needs, serves, working } = neighbours
  const decided = decisionsFor(task.key, decisions, keys)
  return [
    ...(decided.length === 0
      ? []
      : [
          {
            section: 'beside',
            name: 'decisions of the plan',
            text: `Decisions of the plan:\n${decided.map((text) => `- ${text}`).join('\n')}`,
            worth: 65,
            most: DECISIONS,
          } as const,
        ]),
    ...(await landedParts(project, needs)),
    ...servedParts(serves),
    ...workingParts(working),
  ]
}

async function landedParts(project: Project, needs: readonly Neighbour[]): Promise<PromptPart[]> {
  if (needs.length === 0) return []
  const files = await filesOf(project)
  const paths = namedFiles(
    files,
    needs.flatMap(({ definition }) => definition.sources),
    FILES,
  )
  const said = needs.slice(0, TOLD).map(({ definition }) => `- ${named(definition)}`)
  return [
    {
      section: 'beside',
      name: 'what it builds on',
      text: `It builds on tasks that have landed:\n${said.join('\n')}`,
      worth: 56,
      most: TASKS,
    },
    ...(await offered(
      project,
      {
        name: 'exports of what it builds on',
        title: 'What those offer:',
        paths,
        worth: 55,
      },
      'beside',
    )),
  ]
}

function servedParts(serves: readonly Neighbour[]): PromptPart[] {
  if (serves.length === 0) return []
  const lines = serves.slice(0, TOLD).map(({ definition }) => `- ${named(definition)}`)
  const text = `Tasks that build on this one, and are not its work:\n${lines.join('\n')}`
  return [{ section: 'beside', name: 'what builds on it', text, worth: 35, most: TASKS }]
}

function workingParts(working: readonly Neighbour[]): PromptPart[] {
  if (working.length === 0) return []
  const lines = working
    .slice(0, TOLD)
    .map(({ definition: { key, locks } }) => `- ${key}: ${locks.slice(0, TOLD).join(', ')}`)
  const text = `Held by tasks that are worked now; leave these as they are:\n${lines.join('\n')}`
  return [{ section: 'beside', name: 'what others hold', text, worth: 15, most: TASKS }]
}

function named({ key, title, sources, exports }: TaskDefinition): string {
  const offers = exports.length === 0 ? '' : `; it exports ${exports.slice(0, TOLD).join(', ')}`
  return `${key}: ${title} (${sources.slice(0, TOLD).join(', ')}${offers})`
}
