import { constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn } from './disk.ts'
import { hasCode } from '../runtime/has-code.ts'

/**
 * Whether the files of a repository show that no work tree has a branch checked out; to ask git starts two processes.
 * False says nothing: the branch may be checked out, or refs are kept or linked in a way that only git resolves.
 */
export async function showNowhere(gitDir: string, ref: string): Promise<boolean> {
  const gitDirs = [gitDir, ...(await linkedGitDirs(gitDir))]
  const heads = await Promise.all(gitDirs.map((directory) => headOf(directory)))
  const branches = new Set<string>([ref])
  for (const head of heads) {
    if (head === null || head.branch === ref) return false
    if (head.branch !== null) branches.add(head.branch)
  }
  const direct = await Promise.all([...branches].map((branch) => isDirect(join(gitDir, branch))))
  return direct.every(Boolean)
}

async function linkedGitDirs(gitDir: string): Promise<string[]> {
  const linked = join(gitDir, 'worktrees')
  try {
    return (await namesIn(linked)).map((name) => join(linked, name))
  } catch (reason) {
    if (hasCode(reason, 'ENOENT')) return []
    throw reason
  }
}

/** What a `HEAD` says, its branch null where it is a commit; null where that is not certain. */
async function headOf(directory: string): Promise<{ readonly branch: string | null } | null> {
  const text = await plainText(join(directory, 'HEAD'))
  if (text === null) return null
  if (COMMIT.test(text)) return { branch: null }
  const branch = BRANCH.exec(text)?.[1]
  // Where refs are kept in tables, the file names a branch that cannot be.
  return branch === undefined || branch === 'refs/heads/.invalid' ? null : { branch }
}

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})\n$/
/** Git takes no notice of white space behind the name; such a file is left to git. */
const BRANCH = /^ref: (refs\/heads\/[^\s\0]+)\n$/

/** Whether a branch stands for a commit, not for another ref. One that is packed, or not there yet, has no file. */
async function isDirect(file: string): Promise<boolean> {
  const text = await plainText(file)
  return text === 'none' || (text !== null && COMMIT.test(text))
}

/** `none` where there is no such file, null where a link is in its place. */
async function plainText(file: string): Promise<string | null> {
  try {
    return await readFile(file, { encoding: 'utf8', flag: constants.O_RDONLY | constants.O_NOFOLLOW })
  } catch (reason) {
    if (hasCode(reason, 'ELOOP')) return null
    if (hasCode(reason, 'ENOENT', 'ENOTDIR', 'EISDIR')) return 'none'
    throw reason
  }
}
