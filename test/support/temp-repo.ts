import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** What a file holds, or null to delete it. */
export type TempFiles = Readonly<
  Record<string, string | Uint8Array | { readonly link: string } | { readonly script: string } | null>
>

/** A real repository of its own, with a HOME and a git configuration of its own. */
export interface TempRepo {
  /** Everything lies below it: `repo`, `home`, `state`. */
  readonly directory: string
  readonly root: string
  readonly home: string
  /** An empty directory outside the repository, for state. */
  readonly state: string
  /** What to give to the program as the person's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Runs git in the repository as the person would; returns stdout without the last line feed. */
  git(...args: string[]): string
  write(files: TempFiles): void
  /** Writes files, stages everything and commits; returns the commit id. */
  commit(files: TempFiles, message?: string): string
  remove(): void
}

export interface TempRepoOptions {
  readonly objectFormat?: 'sha1' | 'sha256'
  readonly branch?: string
  /** Leave user.name and user.email out of the person's configuration. */
  readonly anonymous?: boolean
  /** Removed by the caller, not at the end of the test that made it; for use outside of tests and in hooks. */
  readonly kept?: boolean
}

/** Makes a repository with one commit of `files`; it is removed when the test ends. */
export function tempRepo(
  files: TempFiles = { 'README.md': 'readme\n' },
  options: TempRepoOptions = {},
): TempRepo {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tdd-repo-')))
  const [root, home, state] = ['repo', 'home', 'state'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  for (const folder of [root, home, state]) mkdirSync(folder)
  const person = options.anonymous === true ? '' : '[user]\n\tname = Ada Example\n\temail = ada@example.com\n'
  writeFileSync(join(home, '.gitconfig'), person)
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8' }
  const git = (...args: string[]): string => {
    const output = execFileSync('git', args, {
      cwd: root,
      env: { ...env, ...FIXED },
      encoding: 'utf8',
      stdio: 'pipe',
    })
    return output.replace(/\n$/, '')
  }
  const write = (changes: TempFiles): void => writeFiles(root, changes)
  const repo: TempRepo = {
    directory,
    root,
    home,
    state,
    env,
    git,
    write,
    commit: (changes, message = 'Change files') => {
      write(changes)
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
      return git('rev-parse', 'HEAD')
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
  if (options.kept !== true) onTestFinished(() => repo.remove())
  git(
    'init',
    '--quiet',
    '--template=',
    `--initial-branch=${options.branch ?? 'main'}`,
    `--object-format=${options.objectFormat ?? 'sha1'}`,
  )
  if (Object.keys(files).length > 0) repo.commit(files, 'Begin')
  return repo
}

/** Writes files below a directory, with their parents. */
export function writeFiles(root: string, files: TempFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    rmSync(file, { recursive: true, force: true })
    if (content === null) continue
    mkdirSync(dirname(file), { recursive: true })
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(file, content)
    else if ('link' in content) symlinkSync(content.link, file)
    else {
      writeFileSync(file, content.script)
      chmodSync(file, 0o755)
    }
  }
}

/** The same ids in every run, and no upkeep behind a commit. */
const FIXED = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_AUTHOR_NAME: 'Ada Example',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Example',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_DATE: '1700000000 +0000',
}
