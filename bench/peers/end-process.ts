import type { ChildProcess } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'

const END_MS = 10_000

/** Asks a process that this one started to end, makes it end where it does not, and answers when it has. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const over = new Promise<true>((done) => child.once('exit', () => done(true)))
  child.kill(signal)
  if (await Promise.race([over, after(END_MS, false, { ref: false })])) return
  child.kill('SIGKILL')
  await over
}
