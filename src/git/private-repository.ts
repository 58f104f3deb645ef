import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { RepositoryFacts } from './git.ts'
import type { GitCommand } from './git-command.ts'
import { hasCode } from '../runtime/has-code.ts'

/**
 * A bare repository of our own that borrows the objects of the person's repository. Its configuration and attributes
 * are ours alone, so nothing in a tree decides how content is read or merged. No garbage collection ever runs in it.
 */
export async function openPrivateRepository(request: {
  readonly git: GitCommand
  readonly facts: RepositoryFacts
  readonly stateDirectory: string
  readonly clock: Clock
}): Promise<string> {
  const { facts, stateDirectory, clock } = request
  const gitDir = privateGitDir(stateDirectory)
  await mkdir(stateDirectory, { recursive: true })
  const settings = settingsOf(facts)
  if (!(await exists(join(gitDir, 'HEAD')))) {
    const fresh = join(stateDirectory, `objects.${clock.id()}.new`)
    try {
      await initialise(request.git, fresh, facts)
      await writeSettings(fresh, settings, clock)
      await rename(fresh, gitDir)
    } catch (reason) {
      await rm(fresh, { recursive: true, force: true })
      // Another process may have been quicker.
      if (!(await exists(join(gitDir, 'HEAD')))) throw reason
    }
  }
  await requireFormat(gitDir, facts)
  await writeSettings(gitDir, settings, clock)
  return gitDir
}

/** A repository that was made anew at the same place, with other ids, cannot use what the old one left. */
async function requireFormat(gitDir: string, facts: RepositoryFacts): Promise<void> {
  const format = (await textOf(join(gitDir, 'config')))?.includes('objectformat = sha256') ? 'sha256' : 'sha1'
  if (format === facts.objectFormat) return
  throw new OrchestratorError(
    'repository_unsupported',
    `${gitDir} was made for a repository of ${format}, and ${facts.root} is one of ${facts.objectFormat}`,
    { hint: 'If nothing of the old repository is needed any more, move that state directory away.' },
  )
}

/** Where the private repository of a state directory is. */
export function privateGitDir(stateDirectory: string): string {
  return join(stateDirectory, 'objects.git')
}

interface Setting {
  readonly path: string
  readonly text: string
}

async function initialise(git: GitCommand, gitDir: string, facts: RepositoryFacts): Promise<void> {
  await git.run({
    args: ['init', '--quiet', '--bare', '--template=', `--object-format=${facts.objectFormat}`, gitDir],
  })
  await mkdir(join(gitDir, 'info'), { recursive: true })
  await mkdir(join(gitDir, 'objects', 'info'), { recursive: true })
  // The empty tree is known to git without being on disk; trees and commits that are handed over name it.
  await git.run({ args: ['mktree'], gitDir, stdin: '' })
  // A shallow clone says here where its history ends.
  await symlink(join(facts.gitDir, 'shallow'), join(gitDir, 'shallow'))
}

function settingsOf(facts: RepositoryFacts): Setting[] {
  const sha256 = facts.objectFormat === 'sha256'
  const config = [
    '[core]',
    `\trepositoryformatversion = ${sha256 ? 1 : 0}`,
    '\tbare = true',
    '\thooksPath = /dev/null',
    '\tattributesFile = /dev/null',
    '\tlogAllRefUpdates = false',
    '[gc]',
    '\tauto = 0',
    ...(sha256 ? ['[extensions]', '\tobjectformat = sha256'] : []),
  ]
  return [
    { path: 'config', text: `${config.join('\n')}\n` },
    // The last word on attributes: bytes are bytes, and the built-in three-way merge is the only one.
    {
      path: 'info/attributes',
      text: '* -text -eol -ident -filter -working-tree-encoding merge !diff !conflict-marker-size\n',
    },
    { path: 'objects/info/alternates', text: alternatesLine(facts) },
  ]
}

/** What makes a repository borrow the objects of another one. */
export function alternatesLine(of: RepositoryFacts): string {
  return `${quoted(join(of.gitDir, 'objects'))}\n`
}

async function writeSettings(gitDir: string, settings: readonly Setting[], clock: Clock): Promise<void> {
  for (const { path, text } of settings) {
    const file = join(gitDir, path)
    if ((await textOf(file)) === text) continue
    const fresh = `${file}.${clock.id()}`
    await writeFile(fresh, text)
    await rename(fresh, file)
  }
}

/** A line of the alternates file: quoted as C does where the path has characters that would end or change it. */
function quoted(path: string): string {
  if (!/[\n"\\]/.test(path) && !path.startsWith('#')) return path
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (reason) {
    if (hasCode(reason, 'ENOENT')) return null
    throw reason
  }
}

async function exists(file: string): Promise<boolean> {
  return (await textOf(file)) !== null
}
