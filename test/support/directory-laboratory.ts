import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Laboratory, LendRequest, Place, PlaceCommand, PlaceResult } from '../../src/verify/verify.ts'

export type Files = Readonly<Record<string, string>>

/** A laboratory over plain directories: trees are maps in memory, named by their content; commands are real processes. */
export interface DirectoryLaboratory extends Laboratory {
  /** Names a tree with these files. */
  tree(files: Files): string
  /** Every command that ran, in order, as one line each. */
  readonly commands: readonly string[]
  /** How often a place was lent exclusively. */
  readonly exclusiveUses: () => number
}

export function openDirectoryLaboratory(options: { readonly path?: string } = {}): DirectoryLaboratory {
  const trees = new Map<string, ReadonlyMap<string, string>>()
  const kept = new Map<string, string>()
  const commands: string[] = []
  let exclusive = 0

  function name(files: ReadonlyMap<string, string>): string {
    const entries = [...files].toSorted(([left], [right]) => (left < right ? -1 : 1))
    const id = createHash('sha1').update(JSON.stringify(entries)).digest('hex')
    trees.set(id, new Map(entries))
    return id
  }
  function filesOf(tree: string): ReadonlyMap<string, string> {
    const files = trees.get(tree)
    if (files === undefined) throw new Error(`no tree ${tree}`)
    return files
  }
  function changed(base: string, changes: Iterable<readonly [string, string | null]>): string {
    const files = new Map(filesOf(base))
    for (const [path, text] of changes) {
      if (text === null) files.delete(path)
      else files.set(path, text)
    }
    return name(files)
  }
  async function within<T>(request: LendRequest, use: (place: Place) => Promise<T>): Promise<T> {
    if (request.exclusive === true) exclusive += 1
    const root = mkdtempSync(join(tmpdir(), 'tdd-laboratory-'))
    const directory = join(root, 'tree')
    const reports = join(root, 'reports')
    try {
      mkdirSync(reports)
      fillDirectory(directory, filesOf(request.tree))
      return await use({
        directory,
        reports,
        parallelism: 1,
        run: (command) => {
          commands.push(command.argv.join(' '))
          return runCommand(command, { root, directory, env: request.suite.env, path: options.path })
        },
        fill: (tree) => Promise.resolve(fillDirectory(directory, filesOf(tree))),
      })
    } finally {
      rmSync(root, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  return {
    commands,
    exclusiveUses: () => exclusive,
    tree: (files) => name(new Map(Object.entries(files))),
    files: (tree) =>
      Promise.resolve(
        new Map(
          [...filesOf(tree)].map(([path, text]) => [path, { mode: '100644', id: digest(text) }] as const),
        ),
      ),
    read: (tree, path) => Promise.resolve(filesOf(tree).get(path) ?? null),
    compose: (base, changes) => Promise.resolve(changed(base, changes)),
    graft: (base, from, paths) =>
      Promise.resolve(
        changed(
          base,
          paths.map((path) => [path, filesOf(from).get(path) ?? null] as const),
        ),
      ),
    within,
    recall: (key) => Promise.resolve(kept.get(key) ?? null),
    keep: (key, value) => {
      kept.set(key, value)
      return Promise.resolve()
    },
  }
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

function fillDirectory(directory: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(directory, { recursive: true })
  for (const entry of readdirSync(directory)) {
    if (entry !== 'node_modules') rmSync(join(directory, entry), { recursive: true, force: true })
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
}

interface Surroundings {
  readonly root: string
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly path: string | undefined
}

/** Runs a command in a process group of its own, which is gone when this resolves. */
function runCommand(command: PlaceCommand, where: Surroundings): Promise<PlaceResult> {
  const started = performance.now()
  const [program, ...args] = command.argv
  return new Promise((resolve) => {
    const child = spawn(program ?? '', args, {
      cwd: join(where.directory, command.cwd),
      env: {
        PATH: where.path ?? `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
        HOME: where.root,
        TMPDIR: where.root,
        LANG: 'C.UTF-8',
        CI: '1',
        ...where.env,
        ...command.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const output = { stdout: '', stderr: '' }
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      endGroup(child.pid)
    }, command.wallMs)
    const finish = (end: PlaceResult['end']): void => {
      clearTimeout(timer)
      endGroup(child.pid)
      resolve({
        ...output,
        end: timedOut ? { kind: 'timeout' } : end,
        durationMs: performance.now() - started,
      })
    }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        output[stream] = (output[stream] + chunk).slice(-command.outputBytes)
      })
    }
    child.on('error', (cause) => finish({ kind: 'not_started', message: cause.message }))
    child.on('close', (code, signal) => {
      finish(signal === null ? { kind: 'exited', code: code ?? 1 } : { kind: 'signaled', signal })
    })
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone already, which is what is wanted.
  }
}
