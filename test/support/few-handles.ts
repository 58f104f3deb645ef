import { openSync } from 'node:fs'
import { createExec } from '../../src/runtime/exec-open.ts'
import { messageOf } from '../../src/errors.ts'

// In a process that may hold few files open: uses them up, then starts programs in all ways. Prints how each ended.
const exec = createExec({ ownerId: 'few' })
await exec.containment()
const cwd = process.cwd()
const env = { PATH: process.env['PATH'] ?? '' }
try {
  for (;;) openSync('/dev/null', 'r')
} catch (thrown) {
  if (!messageOf(thrown).includes('EMFILE')) throw thrown
}
const host = await exec.host({ argv: ['true'], cwd, env })
const session = exec.hostSession({ argv: ['cat'], cwd, env })
const limits = { wallMs: 10_000, outputBytes: 1_000, stallMs: null, memoryBytes: null, processes: null }
const contained = await exec.contained({
  argv: ['true'],
  cwd,
  env,
  limits: { ...limits, diskBytes: null },
  writable: [],
  readOnly: [],
  hidden: [],
})
const ends = { host: host.end, session: (await session.ended).end, contained: contained.end }
await session.close()
process.stdout.write(JSON.stringify(ends))
