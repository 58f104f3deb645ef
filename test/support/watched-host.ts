import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn, TEST_PATH } from './contained.ts'

/**
 * Runs a command, prints a line each time that it is heard of, and at last how it ended:
 * `node watched-host.ts contained|host SLOT LIMITS SCRIPT`, the limits as JSON.
 */
const [kind, slot = '', limits = '{}', script = ''] = process.argv.slice(2)
const exec = createExec({ ownerId: `watched-${process.pid}`, sandbox: 'off' })
const limit = JSON.parse(limits)
const argv = ['sh', '-c', script] as const
const tell = (): void => void process.stdout.write('heard\n')
const running =
  kind === 'host'
    ? exec.host({ argv, env: { PATH: TEST_PATH }, ...limit })
    : exec.contained({ ...containedIn(slot, argv, { limit }), onStdout: tell })
if (kind === 'host') tell()
process.stdout.write(`${JSON.stringify((await running).end)}\n`)
