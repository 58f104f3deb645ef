import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { isTestFile } from '../domain/test-pattern.ts'
import type { Git, TreeFiles } from '../git/git.ts'
import type { Recent } from '../git/recent.ts'

/** A project as a task finds it, without its own work: what prompts tell of. */
export interface Project {
  readonly git: Pick<Git, 'files' | 'readSmallBlob'>
  /** Texts of files, by blob. */
  readonly texts: Recent<string>
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
  return /[\n\r\t"\\]/.test(path) ? JSON.stringify(path) : path
}

/** Test files of the project's suite, in order. */
export function testFilesOf({ suite }: Project, files: TreeFiles): string[] {
  return [...files.keys()].filter((path) => isTestFile(suite, path)).toSorted()
}
