import type { TaskDefinition } from '../domain/plan.ts'
import type { PromptPart } from '../domain/prompt-part.ts'
import { siblingTest } from '../domain/sibling-test.ts'
import type { TreeFiles } from '../git/git.ts'
import { importedPaths } from '../verify/file-flow.ts'
import { signaturesIn } from '../verify/signatures.ts'
import { filesOf, namedFiles, type Project, shownPath, textOf } from './project-facts.ts'

/** Tokens of each part; what is longer is cut, and says so. */
const SIBLING = 1_500
const SIGNATURES = 2_500
const GUIDE = 1_500
/** Files whose names are told of each kind. */
const FILES = 24
/** Names of one file. */
const NAMES = 60
const NESTED_GUIDES = ['AGENTS.md', 'CLAUDE.md']
const MOST_GUIDES = 4

/** What the task's files, and those that its tests would use, offer now; and how their neighbourhood wants it. */
export async function codeParts(project: Project, task: TaskDefinition): Promise<PromptPart[]> {
  const files = await filesOf(project)
  const own = namedFiles(files, task.sources, FILES)
  const sibling = siblingTest(files.tests, { suite: project.suite, tests: task.tests })
  const used = await usedByTests(project, { files, task, sibling })
  return [
    ...(await guideParts(project, { files: files.all, task })),
    ...(await offered(project, {
      name: 'sources of the task',
      title: 'What the sources of the task offer now:',
      paths: own,
      worth: 60,
    })),
    ...(await offered(project, {
      name: 'what tests import',
      title: 'What tests of this place import, and what it offers:',
      paths: used.filter((path) => !own.includes(path)).slice(0, FILES),
      worth: 50,
    })),
    ...(await siblingParts(project, sibling)),
  ]
}

interface Offering {
  readonly name: string
  readonly title: string
  readonly paths: readonly string[]
  readonly worth: number
}

/** Names with their parameters, file by file; nothing where no file offers any that syntax can tell. */
export async function offered(
  project: Project,
  { name, title, paths, worth }: Offering,
  section: 'code' | 'beside' = 'code',
): Promise<PromptPart[]> {
  const blocks: string[] = []
  for (const path of paths) {
    const signatures = signaturesIn(path, (await textOf(project, path)) ?? '')
    if (signatures.length === 0) continue
    const more = signatures.length - NAMES
    const lines = signatures.slice(0, NAMES).map((line) => `    ${line.replaceAll('\n', '\n    ')}`)
    blocks.push([`${shownPath(path)}:`, ...lines, ...(more > 0 ? [`    and ${more} more`] : [])].join('\n'))
  }
  if (blocks.length === 0) return []
  return [{ section, name, text: `${title}\n${blocks.join('\n')}`, worth, most: SIGNATURES }]
}

/** Of tests that are there already and the task changes, else of the one that is most like them. */
async function usedByTests(
  project: Project,
  of: {
    readonly files: Awaited<ReturnType<typeof filesOf>>
    readonly task: TaskDefinition
    readonly sibling: string | null
  },
): Promise<string[]> {
  const { files, task, sibling } = of
  const there = namedFiles(files, task.tests, FILES)
  const tests = there.length > 0 ? there : sibling === null ? [] : [sibling]
  const search = {
    tree: files.texts,
    suite: project.suite,
    records: [],
    isSource: () => true,
    isOwn: () => false,
  }
  const found = new Set<string>()
  for (const test of tests) for (const path of await importedPaths(test, search)) found.add(path)
  return [...found].toSorted()
}

async function siblingParts(project: Project, sibling: string | null): Promise<PromptPart[]> {
  const text = sibling === null ? null : await textOf(project, sibling)
  if (sibling === null || text === null) return []
  return [
    {
      section: 'code',
      name: 'a test of the project',
      text: `A test as they are written here, ${shownPath(sibling)}:\n\n${text}`,
      worth: 30,
      most: SIBLING,
    },
  ]
}

/** The guides of directories that the task works in, the nearest first; those at the top are told with the project. */
async function guideParts(
  project: Project,
  { files, task }: { readonly files: TreeFiles; readonly task: TaskDefinition },
): Promise<PromptPart[]> {
  const seen = new Set(NESTED_GUIDES.map((name) => files.get(name)?.id))
  const parts: PromptPart[] = []
  for (const directory of directoriesOf([...task.sources, ...task.tests])) {
    for (const name of NESTED_GUIDES) {
      const path = `${directory}/${name}`
      const id = files.get(path)?.id
      const text = id === undefined || seen.has(id) ? null : await textOf(project, path)
      if (id === undefined || text === null || parts.length === MOST_GUIDES) continue
      seen.add(id)
      const told = `${shownPath(path)} says of this directory:\n\n${text}`
      parts.push({ section: 'code', name: shownPath(path), text: told, worth: 45, most: GUIDE })
    }
  }
  return parts
}

/** Every directory around these entries below the top, the deepest first. */
function directoriesOf(entries: readonly string[]): string[] {
  const found = new Set<string>()
  for (const entry of entries) {
    const parts = entry
      .replace(/\/?\*\*$/, '/x')
      .split('/')
      .slice(0, -1)
    for (let length = parts.length; length > 0; length -= 1) found.add(parts.slice(0, length).join('/'))
  }
  found.delete('')
  const depth = (path: string): number => path.split('/').length
  return [...found].toSorted((one, other) => depth(other) - depth(one) || (one < other ? -1 : 1))
}
