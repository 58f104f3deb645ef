import { closeSync, openSync } from 'node:fs'
import { messageOf } from '../../src/errors.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { openPortLeases } from '../../src/runtime/port-leases.ts'

// In a process that may have few files open: uses them up, then starts programs in all ways and asks for ports. Prints what
// came of it, and what comes of the ports once files are closed.
const AREA = { first: 11_000 + (process.pid % 40) * 220, pieces: 20 }
const exec = createExec({ ownerId: 'few' })
await exec.containment()
await using ports = openPortLeases(10, AREA)
const command = { cwd: process.cwd(), env: { PATH: process.env['PATH'] ?? '' } }
const none = { memoryBytes: null, processes: null, diskBytes: null, stallMs: null }
const limits = { wallMs: 10_000, outputBytes: 1_000, ...none }
const open = usedUp()
const host = await exec.host({ argv: ['true'], ...command })
const session = exec.hostSession({ argv: ['cat'], ...command })
const place = { writable: [], readOnly: [], hidden: [] }
const contained = await exec.contained({ argv: ['true'], ...command, ...place, limits })
const refused = await ports.of('slot').catch(messageOf)
for (const file of open) closeSync(file)
const lent = await ports.of('slot').catch(messageOf)
process.stdout.write(
  JSON.stringify({ ends: [host.end, (await session.ended).end, contained.end], refused, lent }),
)

function usedUp(): number[] {
  const files: number[] = []
  try {
    for (;;) files.push(openSync('/dev/null', 'r'))
  } catch (thrown) {
    if (!messageOf(thrown).includes('EMFILE')) throw thrown
    return files
  }
}
