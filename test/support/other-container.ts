import { spawnSync } from 'node:child_process'
import { sayMissing } from './missing-tool.ts'

/** What starts a command in a counting of processes of its own, as a container has one; all of it ends with the first process. */
export const OTHER_CONTAINER: readonly string[] = [
  'unshare',
  '--map-root-user',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
]

/** Whether such a one can be had; says so where not. */
export function canCountAnew(): boolean {
  const [program = '', ...rest] = OTHER_CONTAINER
  const can = spawnSync(program, [...rest, 'true']).status === 0
  if (!can)
    sayMissing({
      tool: 'a namespace of processes',
      untested: 'a run in another container',
      get: 'sysctl -w kernel.unprivileged_userns_clone=1, or run as root',
    })
  return can
}
