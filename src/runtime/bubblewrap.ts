import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { ContainedCommand } from './exec.ts'
import { findProgram } from './find-program.ts'

/** What the installed bubblewrap and this kernel can do; found out by trying. */
export interface BubblewrapFeatures {
  /** Root in a container without the right to mount needs a user namespace, as ordinary users always have. */
  readonly userNamespace: boolean
  /** Whether temporary file systems can be given a size (from version 0.7). */
  readonly sizes: boolean
}

interface Mount {
  readonly path: string
  /** `hidden_file` is masked by an empty device, since a directory cannot stand for a file. */
  readonly kind: 'hidden' | 'hidden_file' | 'writable' | 'read_only'
}

interface Link {
  readonly path: string
  readonly target: string
}

/** Everything resolved: the paths are real and exist. */
interface SandboxPlan {
  readonly features: BubblewrapFeatures
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** Symbolic links of the host that stand where the sandbox shows an empty directory. */
  readonly links: readonly Link[]
}

const MIB = 1024 * 1024
/** Each command has its own, empty at first. */
const TEMPORARY = [
  { path: '/dev/shm', bytes: 1024 * MIB },
  { path: '/tmp', bytes: 512 * MIB },
  { path: '/var/tmp', bytes: 512 * MIB },
]

const ISOLATION = (
  '--unshare-pid --unshare-ipc --unshare-uts --die-with-parent --new-session --cap-drop ALL ' +
  '--ro-bind / / --dev /dev'
).split(' ')

/**
 * The options of bubblewrap for a plan; pure. Later mounts cover earlier ones, so they go from the outside in:
 * what is said about an inner directory wins over what is said about one around it.
 */
export function bubblewrapOptions(plan: SandboxPlan): string[] {
  const { features } = plan
  const sized = (bytes: number): string[] => (features.sizes ? ['--size', String(bytes)] : [])
  const mounts = inOrder(plan.mounts)
  return [
    ...(features.userNamespace ? ['--unshare-user'] : []),
    ...ISOLATION,
    '--proc',
    '/proc',
    ...TEMPORARY.flatMap(({ path, bytes }) => [...sized(bytes), '--tmpfs', path]),
    ...mounts.flatMap(({ kind, path }) => {
      if (kind === 'hidden') return ['--tmpfs', path]
      if (kind === 'hidden_file') return ['--ro-bind', '/dev/null', path]
      return [kind === 'writable' ? '--bind' : '--ro-bind', path, path]
    }),
    ...plan.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    ...mounts.filter(({ kind }) => kind === 'hidden').flatMap(({ path }) => ['--remount-ro', path]),
    ...Object.entries(plan.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--chdir',
    plan.cwd,
  ]
}

const RANK = { hidden: 0, hidden_file: 0, writable: 1, read_only: 2 }

/** Outer directories first; of several words on one path the strongest: read-only, then writable, then hidden. */
function inOrder(mounts: readonly Mount[]): Mount[] {
  const strongest = new Map<string, Mount>()
  for (const mount of mounts) {
    const other = strongest.get(mount.path)
    if (other === undefined || RANK[mount.kind] > RANK[other.kind]) strongest.set(mount.path, mount)
  }
  const depth = (path: string): number => (path === sep ? 0 : path.split(sep).length)
  const sorted = [...strongest.values()].sort(
    (a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1),
  )
  const kept: Mount[] = []
  for (const mount of sorted) {
    const around = kept.findLast((outer) => inside(outer.path, mount.path))
    // What is in a hidden directory is hidden with it; a mask of its own would only show its name.
    if (mount.kind.startsWith('hidden') && around?.kind === 'hidden') continue
    kept.push(mount)
  }
  return kept
}

type Planned = { readonly plan: SandboxPlan } | { readonly failure: { code: string; message: string } }

interface PlanRequest {
  readonly command: ContainedCommand
  readonly env: Readonly<Record<string, string>>
  readonly features: BubblewrapFeatures
  readonly homes: readonly string[]
}

/** Looks at the file system and decides what the command may see. */
export function planSandbox({ command, env, features, homes }: PlanRequest): Planned {
  const texts = [
    ...command.argv,
    command.cwd,
    ...Object.entries(env).flat(),
    ...command.writable,
    ...command.readOnly,
  ]
  if (texts.some((text) => text.includes('\0'))) {
    return {
      failure: {
        code: 'EINVAL',
        message: 'an argument, path or variable of the command contains a NUL byte',
      },
    }
  }
  const missing = command.writable.find((path) => real(path) === null)
  if (missing !== undefined) {
    return { failure: { code: 'ENOENT', message: `the writable directory ${missing} does not exist` } }
  }
  const cwd = real(command.cwd)
  if (cwd === null) {
    return { failure: { code: 'ENOENT', message: `the working directory ${command.cwd} does not exist` } }
  }
  const mounts = [
    ...existing(secretPlaces(homes)).map(mask),
    ...existing(command.hidden).map(mask),
    ...existing(command.writable).map((path): Mount => ({ path, kind: 'writable' })),
    ...existing(command.readOnly).map((path): Mount => ({ path, kind: 'read_only' })),
  ]
  for (const path of existing(command.visible ?? [])) {
    if (isConcealed(mounts, path)) mounts.push({ path, kind: 'read_only' })
  }
  const over = covering(mounts, cwd)
  if (over?.kind === 'hidden' || over?.kind === 'hidden_file') {
    return {
      failure: { code: 'EACCES', message: `the working directory ${command.cwd} is hidden from the command` },
    }
  }
  if (isConcealed(mounts, cwd)) mounts.push({ path: cwd, kind: 'read_only' })
  const named = [command.cwd, ...command.writable, ...command.readOnly, ...(command.visible ?? [])]
  const emptied = [...TEMPORARY, ...mounts.filter(({ kind }) => kind === 'hidden')].map(({ path }) => path)
  const links = named.flatMap(linksOf).filter(({ path }) => {
    const shown = covering(mounts, path)
    return (
      shown?.kind !== 'writable' &&
      shown?.kind !== 'read_only' &&
      emptied.some((place) => inside(place, path))
    )
  })
  const unique = [...new Map(links.map((link) => [link.path, link])).values()]
  return { plan: { features, cwd, env: { ...env, PWD: cwd }, mounts, links: unique } }
}

/** Where the program of a command is on the host, when the sandbox of the plan does not show it; else null. */
export function hiddenProgram({ mounts }: SandboxPlan, { argv, cwd, env }: ContainedCommand): string | null {
  const path = findProgram(argv[0], { env, cwd })
  if (path === null) return null
  const places = [join(real(dirname(path)) ?? dirname(path), basename(path)), real(path) ?? path]
  return places.some((place) => isConcealed(mounts, place)) ? path : null
}

/** What to do about a program that commands do not see. */
export const HIDDEN_ADVICE =
  'Put it into a directory on the PATH, such as /usr/local/bin: temporary directories, the repository, the state of the orchestrator and places of credentials are not shown to commands.'

function existing(paths: readonly string[]): string[] {
  return paths.map(real).filter((path) => path !== null)
}

function mask(path: string): Mount {
  return {
    path,
    kind: statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? 'hidden' : 'hidden_file',
  }
}

/** Whether a path would be gone inside: hidden with what is around it, or below a temporary directory of the host. */
function isConcealed(mounts: readonly Mount[], path: string): boolean {
  const over = covering(mounts, path)
  if (over !== null) return over.kind === 'hidden' || over.kind === 'hidden_file'
  return TEMPORARY.some((place) => inside(place.path, path) && place.path !== path)
}

function covering(mounts: readonly Mount[], path: string): Mount | null {
  return inOrder(mounts).findLast((mount) => inside(mount.path, path)) ?? null
}

function inside(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory === sep ? sep : directory + sep)
}

function real(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    // It does not exist, or not for us: there is nothing to show and nothing to hide.
    return null
  }
}

const LONGEST_CHAIN = 40

/** The symbolic links that one passes on the way to a path. */
function linksOf(path: string): Link[] {
  const links: Link[] = []
  let rest = resolve(path).split(sep).slice(1)
  let at: string = sep
  while (rest.length > 0 && links.length < LONGEST_CHAIN) {
    const [name = '', ...following] = rest
    const here = join(at, name)
    const target = lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() === true ? real(here) : null
    if (target !== null) links.push({ path: join(real(dirname(here)) ?? dirname(here), name), target })
    at = target ?? here
    rest = following
  }
  return links
}

/** Places that commonly hold credentials, or a door out of the sandbox (sockets of services that act for their caller). */
function secretPlaces(homes: readonly string[]): string[] {
  return [...homes.flatMap((home) => HOME_SECRETS.map((place) => join(home, place))), ...SYSTEM_SECRETS]
}

const HOME_SECRETS = `
  .ssh .aws .azure .gnupg .kube .docker .netrc .git-credentials .npmrc .yarnrc.yml .pypirc .pgpass .my.cnf
  .claude .claude.json .codex .gemini .password-store .vault-token .boto .s3cfg .terraform.d .terraformrc
  .gem/credentials .cargo/credentials .cargo/credentials.toml .m2/settings.xml .gradle/gradle.properties
  .composer/auth.json .mozilla .thunderbird .bash_history .zsh_history .node_repl_history .python_history .pip
  .config/gh .config/glab-cli .config/hub .config/gcloud .config/git/credentials .config/rclone .config/op
  .config/doctl .config/google-chrome .config/chromium .config/opencode .config/pip .config/helm
  .config/containers/auth.json .local/share/keyrings .local/share/opencode`
  .trim()
  .split(/\s+/)

const SYSTEM_SECRETS = `
  /etc/shadow /etc/gshadow /etc/krb5.keytab /etc/kubernetes /run/secrets /var/run/secrets
  /run/user /run/dbus /run/systemd/private /run/docker.sock /run/containerd /run/crio /run/podman
  /run/libvirt /run/lxd.socket /var/lib/lxd/unix.socket /run/snapd.socket`
  .trim()
  .split(/\s+/)

/** How to get a sandbox on this system, for people. */
export function sandboxAdvice(
  platform: string,
  found: { program: string | null; complaint: string },
): string {
  if (platform === 'darwin') {
    return 'There is no sandbox for macOS yet: commands run in a process group of their own and see the whole machine. Use Linux with bubblewrap for repositories or agents you do not trust.'
  }
  if (platform !== 'linux') return `There is no sandbox for ${platform}; use Linux with bubblewrap.`
  if (found.program === null) {
    return 'bubblewrap is not installed. Install it: "apt install bubblewrap", "dnf install bubblewrap" or "pacman -S bubblewrap".'
  }
  return `${found.program} is installed and cannot make a sandbox: ${found.complaint.trim() || 'it gave no reason'}. Usually the kernel forbids user namespaces: see the settings kernel.unprivileged_userns_clone (must be 1), user.max_user_namespaces (above 0) and, on Ubuntu, kernel.apparmor_restrict_unprivileged_userns (must be 0, or an AppArmor profile for bwrap); in a container, start it with the right to create them.`
}
