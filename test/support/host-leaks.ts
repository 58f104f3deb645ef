import { readdirSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { createExec } from '../../src/runtime/exec-open.ts'

// Prints as JSON what is open before and behind 200 commands: descriptors, and timers and processes. By itself, where nothing
// else opens and closes anything meanwhile.
const exec = createExec({ ownerId: 'host-leaks', sandbox: 'off' })
const env = { PATH: '/usr/local/bin:/usr/bin:/bin' }
const WAITS = 100

await exec.host({ argv: ['true'], env })
const before = openNow()
for (let count = 0; count < 200; count++) await exec.host({ argv: ['true'], env, stdin: 'x' })
let behind = openNow()
// The last of them may not be closed yet.
for (let wait = 0; wait < WAITS && (behind.files > before.files || behind.active > before.active); wait++) {
  await after(50)
  behind = openNow()
}
process.stdout.write(JSON.stringify({ before, behind }))

function openNow(): { readonly files: number; readonly active: number } {
  const resources = process.getActiveResourcesInfo()
  return {
    files: readdirSync('/proc/self/fd').length,
    active: resources.filter((name) => name === 'Timeout' || name === 'ProcessWrap').length,
  }
}
