import { chmod, mkdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import type { Agent, AgentResult } from '../../agents/agent.ts'
import { messageOf } from '../../errors.ts'
import type { Git, TreeChanges, TreeEntry } from '../../git/git.ts'
import { isTreePath, pathToBytes } from '../../git/tree-object.ts'
import type { Replay } from '../replay.ts'

/** An agent that does what a commit did: its test paths in RED, all its other paths in GREEN. It never does anything twice. */
export function replayAgent(git: Git, replay: Replay): Agent {
  return {
    name: 'replay',
    async *run(request, signal) {
      const { tests, all } = replay.changes(request.task)
      const paths = request.stage === 'red' ? tests : new Map([...all].filter(([path]) => !tests.has(path)))
      yield { kind: 'tool', name: 'replay', detail: [...paths.keys()].join(', ') }
      yield { kind: 'result', result: await setPaths({ git, directory: request.directory, paths, signal }) }
    },
  }
}

interface Setting {
  readonly git: Git
  readonly directory: string
  readonly paths: TreeChanges
  readonly signal: AbortSignal
}

async function setPaths(setting: Setting): Promise<AgentResult> {
  const { paths, signal } = setting
  try {
    // A file may have to go where a folder is to be, and the other way round.
    for (const path of paths.keys()) await removeFile(setting.directory, path)
    for (const [path, entry] of paths) {
      if (signal.aborted) return { kind: 'aborted' }
      if (entry !== null && 'id' in entry) await writeEntry(setting, path, entry)
    }
    return { kind: 'done', claims: {} }
  } catch (reason) {
    return { kind: 'gave_up', cause: 'crash', detail: `the commit cannot be set here: ${messageOf(reason)}` }
  }
}

async function removeFile(directory: string, path: string): Promise<void> {
  if (!isTreePath(path)) throw new Error(`${JSON.stringify(path)} is no path of a file`)
  await rm(placeOf(directory, path), { force: true })
  const parts = path.split('/')
  for (let depth = parts.length - 1; depth > 0; depth -= 1) {
    try {
      await rmdir(placeOf(directory, parts.slice(0, depth).join('/')))
    } catch {
      // It is not empty, or not there: folders above it are not empty either or go with another path.
      return
    }
  }
}

async function writeEntry(setting: Setting, path: string, entry: TreeEntry): Promise<void> {
  const place = placeOf(setting.directory, path)
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  if (folder !== '') await mkdir(placeOf(setting.directory, folder), { recursive: true })
  const content = await setting.git.readBlob(entry.id)
  if (entry.mode === '120000') return symlink(content, place)
  await writeFile(place, content, { flag: 'wx' })
  await chmod(place, entry.mode === '100755' ? 0o755 : 0o644)
}

function placeOf(directory: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), pathToBytes(path)])
}
