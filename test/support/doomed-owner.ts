import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn } from './contained.ts'

/** Runs a contained command until it is itself killed: `node doomed-owner.ts OWNER auto|off SLOT SECONDS`. */
const [ownerId = '', sandbox, slot = '', seconds = ''] = process.argv.slice(2)
const exec = createExec({ ownerId, sandbox: sandbox === 'off' ? 'off' : 'auto' })
const script = `(setsid sh -c "sleep ${seconds} & echo up; sleep ${seconds}" &); sleep ${seconds}`
await exec.contained({
  ...containedIn(slot, ['sh', '-c', script]),
  onStdout: (chunk) => void process.stdout.write(chunk),
})
