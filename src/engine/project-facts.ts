import type { TreeId } from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import { siblingTest } from '../domain/sibling-test.ts'
import type { Suite } from '../domain/suite.ts'
import { counted } from '../domain/wording.ts'
import type { Git, TreeFiles } from '../git/git.ts'

/** Characters of each part; what is longer is cut, and says so. */
const GUIDE = 12_000
const SIBLING = 6_000
const LAYOUT = 8_000
const LISTED_FILES = 200
/** Files of more bytes are not read. */
const MOST_BYTES = 1024 * 1024
/** What projects write for coding agents, at their top. */
const GUIDES = ['AGENTS.md', 'CLAUDE.md', '.github/copilot-instructions.md']

interface Project {
  readonly git: Pick<Git, 'files' | 'readSmallBlob'>
  /** As the task finds it, without its own work. */
  readonly tree: TreeId
  readonly suite: Suite
}

/** What an agent should know of a project before it begins, as the project itself tells it: text, and no setting. */
export async function projectFacts(project: Project, task: TaskDefinition): Promise<string> {
  const files = await project.git.files(project.tree)
  const sibling = siblingTest(files.keys(), { suite: project.suite, tests: task.tests })
  const parts = [
    suiteText(project.suite),
    layoutText([...files.keys()]),
    ...(sibling === null
      ? []
      : [`A test as they are written here, ${sibling}:\n\n${await textOf(project, sibling, SIBLING)}`]),
    ...(await guidesOf(project, files)),
  ]
  return parts.join('\n\n')
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

/** All files, or of many the folders with how much they hold. */
function layoutText(paths: readonly string[]): string {
  if (paths.length <= LISTED_FILES) return cutTo(`Files:\n${paths.join('\n')}`, LAYOUT)
  const folders = new Map<string, number>()
  for (const path of paths) {
    const folder = path.split('/').slice(0, -1).slice(0, 3).join('/') || '.'
    folders.set(folder, (folders.get(folder) ?? 0) + 1)
  }
  const listed = [...folders].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const more = listed.length - LISTED_FILES
  const lines = [
    `${paths.length} files, by folder:`,
    ...listed.slice(0, LISTED_FILES).map(([folder, count]) => `${folder}/ ${counted(count, 'file')}`),
    ...(more > 0 ? [`and ${more} more folders`] : []),
  ]
  return cutTo(lines.join('\n'), LAYOUT)
}

function cutTo(text: string, most: number): string {
  return text.length <= most ? text.trimEnd() : `${text.slice(0, most)}\n(cut here)`
}

async function guidesOf(project: Project, files: TreeFiles): Promise<string[]> {
  const seen = new Set<string>()
  const told: string[] = []
  for (const name of GUIDES) {
    const id = files.get(name)?.id
    // One is often a link to another, or its copy.
    if (id === undefined || seen.has(id) || files.get(name)?.mode === '120000') continue
    seen.add(id)
    told.push(`${name} of the project says:\n\n${await textOf(project, name, GUIDE)}`)
  }
  return told
}

async function textOf({ git, tree }: Project, path: string, most: number): Promise<string> {
  const id = (await git.files(tree)).get(path)?.id
  const text = id === undefined ? null : ((await git.readSmallBlob(id, MOST_BYTES))?.toString('utf8') ?? null)
  if (text === null) return '(too long to be shown)'
  return cutTo(text, most)
}
