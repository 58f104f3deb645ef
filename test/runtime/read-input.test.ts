import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readInput } from '../../src/runtime/read-input.ts'

const WRITES = 1_000
const MIB = 1024 * 1024
/** Gives a little at a time, and waits until it was taken. */
const WRITER = `
import { openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
const pipe = openSync(process.argv[1], 'w')
for (let write = 0; write < ${WRITES}; write += 1) {
  writeSync(pipe, 'x'.repeat(100))
  await sleep(1)
}
`

it('what a pipe gives a little at a time takes no more room than it is long', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'input-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  const writer = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, pipe], { stdio: 'ignore' })
  onTestFinished(() => void writer.kill('SIGKILL'))
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }, 5)
  const text = await readInput(pipe, { code: 'plan_unreadable', hint: '' })
  clearInterval(look)
  expect(text).toBe('x'.repeat(WRITES * 100))
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(32 * MIB)
})
