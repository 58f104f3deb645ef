import type { TreeId } from '../domain/evidence.ts'
import { spelledOut } from '../domain/plain-text.ts'
import type { PromptPart } from '../domain/prompt-part.ts'
import type { Suite } from '../domain/suite.ts'
import { testMatcher } from '../domain/test-pattern.ts'
import type { Git, TreeFiles } from '../git/git.ts'
import { Recent } from '../git/recent.ts'
import { type TreeTexts, treeTexts } from '../verify/stubs/tree-texts.ts'

/** A project as a task finds it, without its own work: what prompts tell of. */
export interface Project {
  readonly git: Pick<Git, 'files' | 'readSmallBlob'>
  /** Texts of files, by blob. */
  readonly texts: Recent<string>
  readonly projects: ProjectsCache
  readonly tree: TreeId
  readonly suite: Suite
}

/** Files of more bytes are not read. */
const MOST_BYTES = 512 * 1024

/** The text of a regular file; null where there is none, or where it is too large or no text. */
export async function textOf({ git, texts, tree }: Project, path: string): Promise<string | null> {
  const entry = (await git.files(tree)).get(path)
  if (entry === undefined || !entry.mode.startsWith('100')) return null
  const known = texts.get(entry.id)
  if (known !== undefined) return known
  const content = await git.readSmallBlob(entry.id, MOST_BYTES)
  if (content === null || content.includes(0)) return null
  const text = content.toString('utf8')
  texts.set(entry.id, text, text.length)
  return text
}

/** A path in one line, whatever is in it. */
export function shownPath(path: string): string {
  return spelledOut(/[\n\r\t"\\]/.test(path) ? JSON.stringify(path) : path)
}

/** The files of a project, sorted out once for each tree. */
interface ProjectFiles {
  readonly all: TreeFiles
  readonly paths: readonly string[]
  /** Test files of the suite, in order. */
  readonly tests: readonly string[]
  readonly texts: TreeTexts
}

/** What is the same for every task of a suite on one tree. */
export interface ProjectsCache {
  readonly files: Recent<Promise<ProjectFiles>>
  readonly parts: Recent<Promise<readonly PromptPart[]>>
}

export function createProjectsCache(): ProjectsCache {
  return { files: new Recent(KNOWN_TREES), parts: new Recent(KNOWN_TREES) }
}

const KNOWN_TREES = 8

export function filesOf(project: Project): Promise<ProjectFiles> {
  return onceForTree(project.projects.files, project, sortedOut)
}

/** The same answer for one tree and suite, whoever asks; one that failed is asked for again. */
export function onceForTree<Answer>(
  answers: Recent<Promise<Answer>>,
  project: Project,
  ask: (project: Project) => Promise<Answer>,
): Promise<Answer> {
  const key = `${project.tree} ${JSON.stringify(project.suite)}`
  const earlier = answers.get(key)
  if (earlier !== undefined) return earlier
  const answer = ask(project).catch((reason: unknown) => {
    answers.delete(key)
    throw reason
  })
  answers.set(key, answer)
  return answer
}

async function sortedOut(project: Project): Promise<ProjectFiles> {
  const all = await project.git.files(project.tree)
  const paths = [...all.keys()]
  const tests = paths.filter(testMatcher(project.suite)).toSorted()
  return { all, paths, tests, texts: treeTexts(all, (path) => textOf(project, path)) }
}

/** The first of the files that entries of a task name: files, and what lies below `dir/**`. */
export function namedFiles({ all, paths }: ProjectFiles, entries: readonly string[], most: number): string[] {
  const folders = entries.flatMap((entry) => (entry.endsWith('**') ? [entry.slice(0, -2)] : []))
  const found = new Set(entries.filter((entry) => all.has(entry)))
  if (folders.length > 0)
    for (const path of paths) {
      if (found.size >= most) break
      if (folders.some((folder) => path.startsWith(folder))) found.add(path)
    }
  return [...found].toSorted().slice(0, most)
}
