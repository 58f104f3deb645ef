import { spawnSync } from 'node:child_process'
import { sayMissing } from './missing-tool.ts'

const NAMESPACE = ['unshare', '--map-root-user', '--mount']
const MOUNT =
  'size="$1" && place="$2" && shift 2 && mount -t tmpfs -o "size=$size" tmpfs "$place" && exec "$@"'

/** Whether a directory can be given a small disk of its own; says so where not. */
export function canMount(): boolean {
  const [program = '', ...rest] = NAMESPACE
  const can = spawnSync(program, [...rest, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
  if (!can)
    sayMissing({
      tool: 'a namespace in which file systems can be mounted',
      untested: 'a small disk',
      get: 'sysctl -w kernel.unprivileged_userns_clone=1, or run as root',
    })
  return can
}

/** A command line that starts another one, for which a directory is a disk of so many bytes, empty at first. */
export function onSmallDisk(directory: string, bytes: number): string[] {
  return [...NAMESPACE, 'sh', '-c', MOUNT, 'sh', String(bytes), directory]
}
