import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { uniqueSleep } from './contained.ts'

const PLACE_USER = new URL('place-user.ts', import.meta.url).pathname

/** What a user of the place left running that was killed. */
export function leaveBehind(directory: string): ChildProcess {
  const owner = `killed-${process.pid}-${systemClock.id(6)}`
  execFileSync(process.execPath, [PLACE_USER, directory, owner])
  const left = spawn('sleep', [uniqueSleep()], { env: { PATH: '/usr/bin:/bin', TDD_MARK: `${owner}.1` } })
  onTestFinished(() => void left.kill('SIGKILL'))
  return left
}
