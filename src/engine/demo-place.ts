import { mkdir, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import { createGitCommand } from '../git/git-command.ts'
import { systemClock } from '../runtime/clock.ts'
import { createExec } from '../runtime/exec-open.ts'
import { OWN_PACKAGE } from '../runtime/own-files.ts'
import { makeKept, unusableKept } from './make-kept.ts'
import { makeTemporaryDirectory } from '../runtime/temporary-directory.ts'

/** A repository to try things in, with a plan for it and a recorded session that works the plan. */
export interface DemoPlace extends AsyncDisposable {
  /** Everything lies below it: `repository`, `state`, `home`. */
  readonly directory: string
  readonly repository: string
  /** The environment to open the engine with: nothing of the person's configuration but where programs are. */
  readonly env: Readonly<Record<string, string>>
  readonly planFile: string
  readonly planText: string
  readonly sessionFile: string
}

interface DemoOptions {
  /** Where everything stays afterwards; empty or not there yet. Null for a temporary directory, removed when the place is disposed. */
  readonly keep: string | null
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The package's own example. */
const EXAMPLE = join(OWN_PACKAGE, 'examples/demo')

/** Makes the place of a demonstration: the example's files as a repository with one commit on `main`. */
export async function makeDemoPlace(options: DemoOptions): Promise<DemoPlace> {
  const directory =
    options.keep === null ? makeTemporaryDirectory('tdd-demo-') : await keptPlace(options.keep)
  const remove = async (): Promise<void> => {
    if (options.keep === null) await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const repository = join(directory, 'repository')
    const env = await ownEnvironment(directory, options.env)
    await copyExample(repository)
    await firstCommit(repository, env)
    const planFile = join(EXAMPLE, 'plan.json')
    return {
      directory,
      repository,
      env,
      planFile,
      planText: await readFile(planFile, 'utf8'),
      sessionFile: join(EXAMPLE, 'demo.session.json'),
      [Symbol.asyncDispose]: remove,
    }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}

async function keptPlace(directory: string): Promise<string> {
  makeKept(directory)
  try {
    if ((await readdir(directory)).length === 0) return await realpath(directory)
  } catch (cause) {
    throw unusableKept(directory, cause)
  }
  throw new OrchestratorError('usage', `--keep: ${directory} is not empty`, {
    hint: 'Name a directory that does not exist yet.',
  })
}

const NEEDED = `PATH LANG LC_ALL TZ TMPDIR NO_COLOR TERM TDD_CLAUDE_SDK TDD_CLAUDE_PROGRAM`.split(' ')

async function ownEnvironment(
  directory: string,
  env: DemoOptions['env'],
): Promise<Readonly<Record<string, string>>> {
  const [home, state] = [join(directory, 'home'), join(directory, 'state')]
  for (const folder of [home, state]) await mkdir(folder)
  const kept = NEEDED.flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), HOME: home, XDG_STATE_HOME: state, XDG_CONFIG_HOME: home }
}

async function copyExample(repository: string): Promise<void> {
  const base = join(EXAMPLE, 'base')
  for (const entry of await readdir(base, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const from = join(entry.parentPath, entry.name)
    const path = from.slice(base.length + 1)
    // Packages cannot carry a file of that name: npm would take it for its own.
    const to = join(repository, path === 'gitignore' ? '.gitignore' : path)
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, await readFile(from))
  }
  await writeFile(join(repository, 'spec.md'), await readFile(join(EXAMPLE, 'spec.md')))
}

const AUTHOR = ['user.name=Evenly', 'user.email=evenly@localhost', 'commit.gpgSign=false']

async function firstCommit(repository: string, env: DemoPlace['env']): Promise<void> {
  const exec = createExec({ ownerId: systemClock.id(16) })
  const git = createGitCommand({ exec, env, cwd: repository })
  await git.run({ args: ['init', '--quiet', '--initial-branch=main', '--template=', '.'] })
  await git.run({ args: ['add', '--all'] })
  const message = 'Begin Evenly with its specification'
  await git.run({ args: ['commit', '--quiet', `--message=${message}`], settings: AUTHOR })
}
