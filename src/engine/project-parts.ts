import { decisionOf, isDecisionRecord } from '../domain/decision-record.ts'
import { mostFrequent, nameShape } from '../domain/name-shape.ts'
import type { PromptPart } from '../domain/prompt-part.ts'
import type { Suite } from '../domain/suite.ts'
import { counted } from '../domain/wording.ts'
import type { TreeFiles } from '../git/git.ts'
import { testHabits } from '../verify/test-habits.ts'
import { filesOf, onceForTree, type Project, shownPath, textOf } from './project-facts.ts'

/** Tokens of each part; what is longer is cut, and says so. */
const GUIDE = 3_000
const LAYOUT = 2_000
const DECISIONS = 1_500
const LISTED_FILES = 200
/** What projects write for coding agents, at their top. */
const GUIDES = ['AGENTS.md', 'CLAUDE.md', '.github/copilot-instructions.md']
/** Test files that are looked at for how tests are written here. */
const SAMPLED = 12
/** And for their names. */
const NAMED = 1_000
/** Records that are told of, the newest first: their names are numbers or dates. */
const RECORDS = 40

/** What is the same for every task of a suite on one base. What changes with each landing comes last. */
export function projectParts(project: Project): Promise<readonly PromptPart[]> {
  return onceForTree(project.projects.parts, project, partsOf)
}

async function partsOf(project: Project): Promise<readonly PromptPart[]> {
  const { all: files, paths, tests } = await filesOf(project)
  return [
    { section: 'project', name: 'suite', text: suiteText(project.suite), worth: null },
    ...(await guideParts(project, files)),
    ...(await decisionParts(project, paths)),
    ...(await habitParts(project, tests)),
    { section: 'project', name: 'files', text: layoutText(paths), worth: 10, most: LAYOUT },
  ]
}

function suiteText({ name, runner, cwd, tests, sources, fixtures, checks }: Suite): string {
  const named = Object.keys(checks)
  return [
    `Tests run by ${runner} in ${cwd === '.' ? 'the top directory' : cwd} (suite ${name}).`,
    `Test files: ${tests.join(', ')}. Sources: ${sources.join(', ')}.`,
    ...(fixtures.length === 0 ? [] : [`Fixtures: ${fixtures.join(', ')}.`]),
    ...(named.length === 0 ? [] : [`Checks that must hold as well: ${named.join(', ')}.`]),
  ].join('\n')
}

async function guideParts(project: Project, files: TreeFiles): Promise<PromptPart[]> {
  const seen = new Set<string>()
  const parts: PromptPart[] = []
  for (const name of GUIDES) {
    const text = await textOf(project, name)
    const id = files.get(name)?.id
    // One is often a copy of another.
    if (text === null || id === undefined || seen.has(id)) continue
    seen.add(id)
    parts.push({
      section: 'project',
      name,
      text: `${name} of the project says:\n\n${text}`,
      worth: 40,
      most: GUIDE,
    })
  }
  return parts
}

async function decisionParts(project: Project, files: readonly string[]): Promise<PromptPart[]> {
  const paths = files.filter(isDecisionRecord).toSorted().toReversed().slice(0, RECORDS)
  const lines: string[] = []
  for (const path of paths) {
    const record = decisionOf((await textOf(project, path)) ?? '')
    if (record === null) continue
    const { title, decision } = record
    lines.push(`- ${shownPath(path)}: ${title}${decision === '' ? '' : `\n  ${decision}`}`)
  }
  if (lines.length === 0) return []
  const text = `Decision records of the project that hold:\n${lines.join('\n')}`
  return [{ section: 'project', name: 'decision records', text, worth: 20, most: DECISIONS }]
}

async function habitParts(project: Project, tests: readonly string[]): Promise<PromptPart[]> {
  if (tests.length === 0) return []
  const names = mostFrequent(everyNth(tests, NAMED).map(nameShape), 3)
  const sampled = everyNth(tests, SAMPLED)
  const imports: string[] = []
  const assertions: string[] = []
  for (const path of sampled) {
    const habits = testHabits(path, (await textOf(project, path)) ?? '')
    imports.push(...new Set(habits.imports))
    assertions.push(...habits.assertions)
  }
  const usual = mostFrequent(imports, 5)
  const asserted = mostFrequent(assertions, 6)
  const text = [
    `Tests as they are written here (${counted(sampled.length, 'file')} of ${tests.length} looked at):`,
    `- names of files: ${names.map(({ text: shape, count }) => `${shape} (${count})`).join(', ')}`,
    ...(usual.length === 0 ? [] : ['- usual imports:', ...usual.map(({ text: line }) => `    ${line}`)]),
    ...(asserted.length === 0
      ? []
      : [`- assertions: ${asserted.map(({ text: callee, count }) => `${callee} (${count})`).join(', ')}`]),
  ].join('\n')
  return [{ section: 'project', name: 'test conventions', text, worth: 25, most: 600 }]
}

/** So many of a list at most, spread over it. */
function everyNth(paths: readonly string[], most: number): string[] {
  const every = Math.max(1, Math.ceil(paths.length / most))
  return paths.filter((_, index) => index % every === 0)
}

/** All files, or of many the folders with how much they hold. */
function layoutText(paths: readonly string[]): string {
  if (paths.length <= LISTED_FILES) return `Files:\n${paths.map(shownPath).join('\n')}`
  const folders = new Map<string, number>()
  for (const path of paths) {
    const folder = path.split('/').slice(0, -1).slice(0, 3).join('/') || '.'
    folders.set(folder, (folders.get(folder) ?? 0) + 1)
  }
  const listed = [...folders].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const more = listed.length - LISTED_FILES
  return [
    `${paths.length} files, by folder:`,
    ...listed
      .slice(0, LISTED_FILES)
      .map(([folder, count]) => `${shownPath(folder)}/ ${counted(count, 'file')}`),
    ...(more > 0 ? [`and ${more} more folders`] : []),
  ].join('\n')
}
