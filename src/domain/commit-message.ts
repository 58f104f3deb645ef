import { didYouMean } from './suggest.ts'

/** What a template of a commit message may name, in braces. */
export const MESSAGE_PLACEHOLDERS = ['task', 'title', 'goal', 'kind', 'agent', 'run'] as const

export type MessageFacts = Readonly<Record<(typeof MESSAGE_PLACEHOLDERS)[number], string>>

/** Templates of the commits that a task leaves: its tests, its sources, and the merge that lands them. */
export interface MessageTemplates {
  readonly test: string
  readonly source: string
  readonly merge: string
}

export const DEFAULT_TEMPLATES: MessageTemplates = {
  test: 'test({task}): {title}',
  source: 'feat({task}): {title}',
  merge: '{task}: {title}\n\n{goal}',
}

const TITLE_LENGTH = 100

/**
 * A template with its placeholders filled in, and the engine's trailers as a paragraph of their own at the end. Titles and
 * goals are written by others: a line of theirs that reads like one of these trailers is quoted.
 */
export function commitMessage(template: string, facts: MessageFacts, trailers: readonly string[]): string {
  const values: MessageFacts = {
    ...facts,
    title: facts.title.replaceAll(/\s+/g, ' ').trim().slice(0, TITLE_LENGTH),
    goal: facts.goal.trim(),
  }
  // git keeps no NUL: without it, what is left of a line must not read like a trailer either.
  const filled = template
    .replaceAll(PLACEHOLDER, (whole, name: string) => valueOf(values, name) ?? whole)
    .replaceAll('\0', '')
  const lines = filled.split(LINE_ENDS).map((line) => (isMisleading(line) ? `> ${line}` : line.trimEnd()))
  const text = lines.join('\n').trim()
  return `${text === '' ? facts.task : text}\n\n${trailers.join('\n')}\n`
}

/** What is wrong with a template and how to mend it; null when nothing is. */
export function templateProblem(template: string): { readonly what: string; readonly right: string } | null {
  const names: readonly string[] = MESSAGE_PLACEHOLDERS
  const unknown = [...template.matchAll(PLACEHOLDER)].find(([, name = '']) => !names.includes(name))?.[1]
  if (unknown !== undefined) {
    const known = `known: ${names.map((name) => `{${name}}`).join(', ')}`
    return { what: `names {${unknown}}, which is no placeholder`, right: didYouMean(unknown, names, known) }
  }
  const own = template.split(LINE_ENDS).flatMap((line) => OWN_TRAILER.exec(line)?.[1] ?? [])[0]
  return own === undefined
    ? null
    : { what: `has a line "${own}:"`, right: 'leave it out: the engine writes that trailer itself' }
}

const PLACEHOLDER = /\{([A-Za-z]\w*)\}/g
/** Everything that any reader of a message may take for the end of a line. */
const LINE_ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/
const OWN_TRAILER = /^\s*(TDD-[\w-]+|Co-authored-by)\s*:/i
/** Behind these git looks for no trailers: where a patch begins, and the scissors of an edited message. */
const ENDS_MESSAGE = /^\s*(---|\S\s*-+\s*>8\s*-+)/

function isMisleading(line: string): boolean {
  return OWN_TRAILER.test(line) || ENDS_MESSAGE.test(line)
}

function valueOf(facts: MessageFacts, name: string): string | undefined {
  return Object.hasOwn(facts, name) ? facts[name as keyof MessageFacts] : undefined
}
