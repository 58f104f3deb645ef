import { isAbsolute, posix } from 'node:path'
import type { LoadedConfig } from '../config/load.ts'
import { OrchestratorError } from '../errors.ts'
import type { TreeFiles } from '../git/git.ts'
import { HIDDEN_ADVICE } from '../runtime/bubblewrap.ts'
import { findProgram } from '../runtime/find-program.ts'
import type { Workshop } from './context.ts'
import { lookAt } from './look-at-program.ts'

interface Surroundings {
  readonly world: Workshop
  readonly loaded: LoadedConfig
}

/** Known before anything is claimed: each task would pay for a call that cannot begin, and wait for a person. */
export async function requireVisibleAgent({ world, loaded }: Surroundings, driver: string): Promise<void> {
  if (driver !== 'command' && driver !== 'acp') return
  const [program] = loaded.config.agents[driver].argv ?? []
  if (program === undefined) return
  if (program.includes('/') && !isAbsolute(program)) await requireInTree(world, program)
  else await requireVisible(world, program)
}

/** A program of the project itself: slots have it as HEAD does. One that setup installs is there once that has run. */
async function requireInTree({ git, included }: Workshop, program: string): Promise<void> {
  const path = posix.normalize(program)
  const head = await git.resolve('HEAD')
  if (head === null) return
  const files = await git.files((await git.readCommit(head)).tree)
  if (included.contents.has(path) || !isPlainlyThere(files, path)) return
  const entry = files.get(path)
  if (entry !== undefined && entry.mode !== '100644') return
  const what =
    entry === undefined ? 'is no file of HEAD' : 'is a file of HEAD that git does not know as a program'
  throw new OrchestratorError('agent_missing', `the agent's program ${program} ${what}`, {
    hint:
      entry === undefined
        ? 'Agents work in slots that have the files of HEAD: commit it, or name it by its whole path.'
        : `Let git know it as one: git update-index --chmod=+x ${path}, and commit that.`,
  })
}

/** Whether HEAD alone says what is in the folder of a file: it has files there, and no link leads there. */
function isPlainlyThere(files: TreeFiles, path: string): boolean {
  const folder = posix.dirname(path)
  if (folder === '.') return true
  const around = folder.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))
  if (around.some((part) => files.get(part)?.mode === '120000')) return false
  return [...files.keys()].some((tracked) => posix.dirname(tracked) === folder)
}

export async function requireVisible(world: Workshop, program: string): Promise<void> {
  const found = findProgram(program, { env: world.environment, cwd: world.git.repository.workTree })
  if (found === null || !(await isHidden(world, program))) return
  throw new OrchestratorError('toolchain_missing', `the sandbox hides the agent's program ${found}`, {
    hint: HIDDEN_ADVICE,
  })
}

/** Whether an agent is refused its program that is there: a shell in the place of the agent looks for it. */
async function isHidden(workshop: Workshop, program: string): Promise<boolean> {
  // A place in the tree is one in each agent's own.
  if (!workshop.contained || (program.includes('/') && !isAbsolute(program))) return false
  const { end } = await lookAt(workshop, ['/bin/sh', '-c', 'command -v "$1"', 'sh', program])
  return end.kind === 'exited' && end.code !== 0
}
