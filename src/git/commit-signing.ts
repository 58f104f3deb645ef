import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import type { Exec, ExecResult } from '../runtime/exec.ts'
import type { Person, Signer } from './git.ts'
import type { PersonalSetting } from './personal-settings.ts'

/** Names of the settings that signing reads. */
export const SIGNING_SETTINGS = '^(commit\\.gpgsign|user\\.signingkey|gpg\\..*)$'

interface SigningOptions {
  readonly exec: Exec
  readonly settings: readonly PersonalSetting[]
  /** The person's environment: agents of keys are found by it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where what is to be signed waits for a program that reads files. */
  readonly tempParent: string
}

/**
 * Signs as the person's git would. The program is taken from the configuration of the person or the machine alone: a
 * repository could name any. `auto` answers null where commits are not signed by configuration.
 * Errors, also of each signature: `signing_failed`.
 */
export function openSigner(mode: 'auto' | 'on', options: SigningOptions): Signer | null {
  const wanted = mode === 'on' || isYes(lastOf(options.settings, 'commit.gpgsign') ?? 'false')
  if (!wanted) return null
  const format = lastOf(options.settings, 'gpg.format') ?? 'openpgp'
  const key = lastOf(options.settings, 'user.signingkey')
  if (format === 'openpgp') {
    const program = programOf(options, ['gpg.program', 'gpg.openpgp.program']) ?? 'gpg'
    return { sign: (content, by) => signByGpg(options, { program, key, by, content }) }
  }
  if (format === 'ssh') {
    const program = programOf(options, ['gpg.ssh.program']) ?? 'ssh-keygen'
    if (key === null) throw failed('gpg.format is "ssh", and user.signingkey names no key')
    return { sign: (content) => signBySsh(options, { program, key, content }) }
  }
  throw failed(`gpg.format is ${JSON.stringify(format)}; commits can be signed with "openpgp" and "ssh"`)
}

interface Signature {
  readonly program: string
  readonly content: Buffer
}

async function signByGpg(
  options: SigningOptions,
  wanted: Signature & { readonly key: string | null; readonly by: Person },
): Promise<string> {
  const { program, by } = wanted
  const key = wanted.key ?? `${by.name} <${by.email}>`
  const result = await ask(options, [program, '--status-fd=2', '-bsau', key], wanted.content)
  const signature = result.stdout.toString('latin1')
  if (
    !/^\[GNUPG:\] SIG_CREATED /m.test(result.stderr.toString('utf8')) ||
    !signature.includes('-----BEGIN')
  ) {
    throw failed(`${program} could not sign with the key ${JSON.stringify(key)}${said(result)}`)
  }
  return signature
}

async function signBySsh(
  options: SigningOptions,
  wanted: Signature & { readonly key: string },
): Promise<string> {
  const { program, key, content } = wanted
  const directory = await mkdtemp(join(options.tempParent, 'sign-'))
  try {
    const file = join(directory, 'commit')
    await writeFile(file, content)
    const literal = literalKey(key)
    const keyFile = literal === null ? fromHome(options, key) : join(directory, 'key')
    if (literal !== null) await writeFile(keyFile, `${literal}\n`)
    // The private half of a key that is written out is with the person's agent.
    const agent = literal === null ? [] : ['-U']
    const result = await ask(options, [program, '-Y', 'sign', '-n', 'git', '-f', keyFile, ...agent, file])
    const signature = await readFile(`${file}.sig`, 'latin1').catch(() => '')
    if (!signature.includes('-----BEGIN')) {
      throw failed(`${program} could not sign with the key ${JSON.stringify(key)}${said(result)}`)
    }
    return signature
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** `key::ssh-ed25519 …`, or the key alone, as git takes it. */
function literalKey(key: string): string | null {
  if (key.startsWith('key::')) return key.slice('key::'.length)
  return key.startsWith('ssh-') ? key : null
}

/** A person may have to confirm, or to type a passphrase. */
const SIGNING_MS = 60_000
const SIGNING_BYTES = 1024 * 1024

async function ask(
  options: SigningOptions,
  argv: readonly [string, ...string[]],
  stdin?: Buffer,
): Promise<ExecResult> {
  const result = await options.exec.host({
    argv,
    cwd: options.tempParent,
    env: environmentOf(options.env),
    ...(stdin === undefined ? {} : { stdin }),
    outputBytes: SIGNING_BYTES,
    timeoutMs: SIGNING_MS,
  })
  const { end } = result
  if (end.kind === 'exited' && end.code === 0) return result
  const [program] = argv
  if (end.kind === 'not_started') throw failed(`${program} cannot be started: ${end.message}`)
  if (end.kind === 'timeout') throw failed(`${program} did not sign within ${end.limitMs / 1_000} s`)
  throw failed(`${program} ended with ${end.kind === 'exited' ? end.code : end.kind}${said(result)}`)
}

/** What programs that sign need to find keys, their agents and, for a passphrase, the person. */
const VARIABLES = [
  'PATH',
  'HOME',
  'TMPDIR',
  'GNUPGHOME',
  'GPG_TTY',
  'GPG_AGENT_INFO',
  'SSH_AUTH_SOCK',
  'SSH_ASKPASS',
  'SSH_ASKPASS_REQUIRE',
  'SSH_SK_PROVIDER',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'PINENTRY_USER_DATA',
]

function environmentOf(env: SigningOptions['env']): Record<string, string> {
  const given = VARIABLES.flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(given), LC_ALL: 'C' }
}

function programOf(options: SigningOptions, keys: readonly string[]): string | null {
  const named = options.settings.findLast(({ key, isPersonal }) => isPersonal && keys.includes(key))
  return named === undefined || named.value === '' ? null : fromHome(options, named.value)
}

function lastOf(settings: readonly PersonalSetting[], key: string): string | null {
  const value = settings.findLast((setting) => setting.key === key)?.value ?? ''
  return value === '' ? null : value
}

function fromHome({ env }: SigningOptions, path: string): string {
  return path.startsWith('~/') ? join(env['HOME'] ?? '', path.slice(2)) : path
}

function isYes(value: string): boolean {
  return ['true', 'yes', 'on', '1'].includes(value.toLowerCase())
}

function said({ stdout, stderr }: ExecResult): string {
  const lines = `${stdout.toString('utf8')}\n${stderr.toString('utf8')}`.split('\n')
  const told = lines.filter((line) => line.trim() !== '' && !line.startsWith('[GNUPG:]')).slice(-5)
  return told.length === 0 ? '' : `: ${told.join('\n').slice(0, 2_000)}`
}

function failed(what: string): OrchestratorError {
  return new OrchestratorError('signing_failed', what, {
    hint: 'Make `git commit -S` work for your own commits first (gpg.format, user.signingkey and the program in your global git configuration), or leave commits unsigned: git.sign = "off".',
  })
}
