import { createExec } from '../../src/runtime/exec-open.ts'
import { aptInstall } from './apt.ts'
import { sayMissing } from './missing-tool.ts'

/** The two ways a contained command can run; each test that is about containment runs in both. */
export const MODES = [
  { name: 'bubblewrap', sandbox: 'auto' },
  { name: 'process group', sandbox: 'off' },
] as const

/**
 * Why there is no sandbox to test with, or null when there is one. A build machine installs bubblewrap, and fails where
 * that does not help; anywhere else the tests are skipped with this reason.
 */
export async function whyNoSandbox(): Promise<string | null> {
  if ((await createExec({ ownerId: 'probe' }).containment()).contained) return null
  if (process.env['CI'] === 'true' && process.platform === 'linux' && process.getuid?.() === 0)
    aptInstall('bubblewrap')
  const { contained, advice } = await createExec({ ownerId: 'probe' }).containment()
  if (contained) return null
  sayMissing({
    tool: 'bubblewrap that works',
    untested: 'containment in a sandbox',
    get: advice ?? 'apt-get install bubblewrap',
  })
  return advice
}
