/**
 * A program of its own: plays the actions of one recorded attempt in its current directory. It stands for an agent, so
 * it runs contained, trusts nothing to stop it and tells what it does as JSON lines.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionAction } from '../protocol/session-file.ts'

/** A sleeping agent still shows that it lives, so that only `hang` counts as silent. */
const SIGN_OF_LIFE_MS = 400

const { actions, withoutSleep } = JSON.parse(readFileSync(0, 'utf8')) as {
  actions: readonly SessionAction[]
  withoutSleep: boolean
}
try {
  for (const action of actions) await play(action)
  tell({ kind: 'played' })
} catch (thrown) {
  // The last line of the error output is what the attempt's record says.
  writeFileSync(2, thrown instanceof Error ? thrown.message : String(thrown))
  process.exitCode = 1
}

async function play(action: SessionAction): Promise<void> {
  if ('write' in action) {
    for (const [path, text] of Object.entries(action.write)) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      tell({ kind: 'tool', name: 'write', detail: path })
    }
  } else if ('edit' in action) {
    for (const [path, edits] of Object.entries(action.edit)) edit(path, edits)
  } else if ('delete' in action) {
    for (const path of action.delete) {
      rmSync(path, { recursive: true })
      tell({ kind: 'tool', name: 'delete', detail: path })
    }
  } else if ('run' in action) {
    await run(action.run)
  } else if ('sleepMs' in action) {
    if (!withoutSleep) await sleepAlive(action.sleepMs)
  } else if ('say' in action) {
    tell({ kind: 'said', text: action.say })
  } else if ('usage' in action) {
    tell({ kind: 'usage', usage: action.usage })
  } else if ('dispute' in action) {
    tell({ kind: 'dispute', reason: action.dispute })
    process.exit(0)
  } else if ('fail' in action) {
    if (action.fail === 'crash') process.kill(process.pid, 'SIGKILL')
    tell({ kind: 'fail', cause: action.fail, resetMs: action.resetMs ?? null })
    process.exit(0)
  } else {
    for (;;) await sleep(60_000)
  }
}

function edit(path: string, edits: readonly (readonly [string, string])[]): void {
  let text = readFileSync(path, 'utf8')
  for (const [before, after] of edits) {
    const places = text.split(before).length - 1
    if (places !== 1)
      throw new Error(`edit of ${path}: ${JSON.stringify(before)} is there ${places} times, not once`)
    text = text.replace(before, () => after)
  }
  writeFileSync(path, text)
  tell({ kind: 'tool', name: 'edit', detail: path })
}

function run(command: readonly string[]): Promise<void> {
  const [program, ...rest] = command
  tell({ kind: 'tool', name: 'run', detail: command.join(' ') })
  return new Promise((resolve) => {
    const child = spawn(program ?? '', rest, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', (error) => {
      tell({ kind: 'said', text: `could not run ${program}: ${error.message}` })
      resolve()
    })
    child.on('exit', () => resolve())
  })
}

async function sleepAlive(totalMs: number): Promise<void> {
  for (let left = totalMs; left > 0; left -= SIGN_OF_LIFE_MS) {
    await sleep(Math.min(left, SIGN_OF_LIFE_MS))
    tell({ kind: 'tool', name: 'wait', detail: `${Math.max(0, left - SIGN_OF_LIFE_MS)} ms left` })
  }
}

function tell(event: Readonly<Record<string, unknown>>): void {
  // Synchronous, so that nothing told is lost when the process ends right after.
  writeFileSync(1, `${JSON.stringify(event)}\n`)
}
