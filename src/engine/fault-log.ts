import { appendFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'

/** Faults of our own and of the machine, for whoever looks for a cause; nothing is ever read back from it. */
const FAULT_LOG = 'faults.log'

/** Beyond this it starts again empty. */
const LARGEST_BYTES = 4 * 1024 * 1024

/** Without `secrets`, in whatever form. */
export function openFaultLog(
  stateDirectory: string,
  { clock, secrets = [] }: { readonly clock: Clock; readonly secrets?: readonly string[] },
): Logger {
  const file = join(stateDirectory, FAULT_LOG)
  return createLogger({
    clock,
    secrets: secretForms(secrets),
    sink: (line) => {
      try {
        // Synchronous: what is written here may be the last thing that this process does.
        if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) truncateSync(file)
        appendFileSync(file, `${line}\n`, { mode: 0o600 })
      } catch {
        // Where it cannot be written there is nobody to tell; the work that had a fault to tell goes on.
        return
      }
    },
  })
}
