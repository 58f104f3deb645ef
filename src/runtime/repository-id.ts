import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import { sha256 } from './sha256.ts'

/** Where a repository is, found by looking at files alone: no git is started. */
export interface RepositoryPlace {
  /** The main work tree; where there is none, the work tree that was found. */
  readonly root: string
  /** The work tree that holds the directory: `root`, or a linked one. People's configuration is read there. */
  readonly workTree: string
  /** The common git directory. */
  readonly gitDir: string
  readonly id: string
}

/** The stable id of a repository on this machine; names its state directory. `gitDir`: its common git directory, after resolving links. */
export function repositoryId(gitDir: string): string {
  return sha256(gitDir).slice(0, 16)
}

/** Throws `repository_unsupported` where a directory cannot be named: Node puts other characters for what is not UTF-8. */
export function requireNameable(directory: string): void {
  if (!directory.includes('\uFFFD') || existsSync(directory)) return
  throw notNameable(directory)
}

export function notNameable(path: string): OrchestratorError {
  return new OrchestratorError('repository_unsupported', `the path ${path} is not UTF-8`, {
    hint: 'Start in a place whose whole path is UTF-8: rename the directory, or move the repository.',
  })
}

/** The repository that holds a directory, as git would answer; null where there is none. */
export function findRepository(directory: string): RepositoryPlace | null {
  const start = realOrNull(directory)
  if (start === null) return null
  for (let folder = start; ; folder = dirname(folder)) {
    const workGitDir = gitDirOf(join(folder, '.git'))
    if (workGitDir !== null) return placeOf(folder, workGitDir)
    if (folder === dirname(folder)) return null
  }
}

/** A directory, or a file that names one (linked work trees, submodules). Null for anything else. */
function gitDirOf(path: string): string | null {
  try {
    const found = lstatSync(path)
    const target = found.isFile() ? namedIn(path) : path
    return target !== null && lstatSync(join(target, 'HEAD')) ? realpathSync(target) : null
  } catch {
    // Nothing there, or nothing that can be read: git goes on in the parent directory, and so do we.
    return null
  }
}

function namedIn(file: string): string | null {
  const target = /^gitdir: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1]
  return target === undefined ? null : resolve(dirname(file), target.trim())
}

function placeOf(workTree: string, workGitDir: string): RepositoryPlace {
  const gitDir = commonDirOf(workGitDir)
  const root = basename(gitDir) === '.git' && !isBare(gitDir) ? dirname(gitDir) : workTree
  return { root, workTree, gitDir, id: repositoryId(gitDir) }
}

function commonDirOf(gitDir: string): string {
  const named = textOrNull(join(gitDir, 'commondir'))?.trim()
  return named === undefined ? gitDir : (realOrNull(resolve(gitDir, named)) ?? gitDir)
}

function isBare(gitDir: string): boolean {
  return /^\s*bare\s*=\s*true\s*$/m.test(textOrNull(join(gitDir, 'config')) ?? '')
}

function textOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not there: the repository has the usual layout.
    return null
  }
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    // A directory that does not exist is in no repository.
    return null
  }
}
