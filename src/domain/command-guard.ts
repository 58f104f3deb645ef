import { isSecretFile } from './secret-files.ts'
import { type ShellCommand, shellCommands } from './shell-commands.ts'

/** Where a command of an agent is given, as the guard has to know it. */
export interface GuardedPlace {
  /** Whether a path of a command lies outside of what belongs to the agent; false where nobody can tell. */
  readonly isOutside: (path: string) => boolean
  readonly isTracked: (path: string) => boolean
}

/**
 * Why an agent should not give a command; null where nothing is known against it. A list of what agents are known to do by
 * mistake, so that they are told: the sandbox and the judges are what is relied on.
 */
export function reasonAgainstCommand(script: string, place: GuardedPlace, depth = 0): string | null {
  const commands = shellCommands(script).map((command) => ({ ...command, words: unwrapped(command.words) }))
  for (const [index, command] of commands.entries()) {
    const before = commands.slice(0, index)
    const reason = reasonAgainst(command, { before, place, depth })
    if (reason !== null) return reason
  }
  return null
}

interface Seen {
  readonly before: readonly ShellCommand[]
  readonly place: GuardedPlace
  readonly depth: number
}

const DEEPEST = 3
const RIGHTS = ['sudo', 'doas', 'su', 'pkexec']
const SHELLS = ['sh', 'bash', 'zsh', 'dash', 'ksh']
const INTERPRETERS = [...SHELLS, 'python', 'python3', 'node', 'perl', 'ruby']
const LOADERS = ['curl', 'wget']
const READERS = 'cat less more head tail grep rg awk sed base64 xxd od strings source . scp cp mv'.split(' ')
const WRITERS = 'rm cp mv tee touch ln chmod install truncate sed mkdir rmdir'.split(' ')

function reasonAgainst(command: ShellCommand, { before, place, depth }: Seen): string | null {
  const [program = '', ...args] = command.words
  const name = program.slice(program.lastIndexOf('/') + 1)
  const operands = args.filter((word) => !word.startsWith('-'))
  if (RIGHTS.includes(name)) return `${name} asks for other rights than an agent has; do without it.`
  if (name === 'git' && operands.includes('push') && isSubcommand(args, 'push'))
    return 'git push puts work elsewhere; what is accepted is landed for you.'
  if (name === 'pkill' || name === 'killall')
    return `${name} ends processes by their name, of others too; use kill with the pid of one that you started.`
  if (name === 'kill' && args.some((word) => word === '1' || word === '-1'))
    return 'It ends processes that are not yours; use kill with the pid of one that you started.'
  if (name === 'rm' && isRecursive(args)) {
    const outside = operands.find((path) => place.isOutside(path))
    if (outside !== undefined) return `${outside} does not lie in your tree; remove only what does.`
  }
  if (isLoadedCode(command, name, before))
    return 'It runs what it loads from the network unseen. Load it to a file and read it, or do without it.'
  const written = [...command.writes, ...(WRITERS.includes(name) ? operands : [])]
  if (written.some(isInGit))
    return 'The .git of your tree is thrown away; git commands work in it, files are not written to it by hand.'
  const read = READERS.includes(name)
    ? name === 'cp' || name === 'mv'
      ? operands.slice(0, -1)
      : operands
    : []
  const secret = read.find((path) => isSecretFile(path) && !place.isTracked(path))
  if (secret !== undefined) return secretReason(secret)
  const script = SHELLS.includes(name) ? scriptOf(args) : null
  return script === null || depth >= DEEPEST ? null : reasonAgainstCommand(script, place, depth + 1)
}

export function secretReason(path: string): string {
  return `${path} is named like a file of secrets, and the project does not track it. If the task cannot be done without it, say so by report_blocked.`
}

const WRAPPERS = [
  'env',
  'command',
  'exec',
  'nohup',
  'time',
  'xargs',
  'nice',
  'builtin',
  'timeout',
  'then',
  'do',
  'else',
  '{',
  '!',
]

/** The program that is meant, without what only starts it. */
function unwrapped(words: readonly string[]): readonly string[] {
  let rest = words
  for (;;) {
    const [first = ''] = rest
    if (/^\w+=/.test(first)) rest = rest.slice(1)
    else if (WRAPPERS.includes(first)) {
      const skipped = rest.slice(1).findIndex((word) => !word.startsWith('-') && !/^[\d.]+[smh]?$/.test(word))
      if (skipped === -1) return rest
      rest = rest.slice(1 + skipped)
    } else return rest
  }
}

/** `git -C dir push`, and not `git stash push`. */
function isSubcommand(args: readonly string[], wanted: string): boolean {
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? ''
    if (word === '-C' || word === '-c') index += 1
    else if (!word.startsWith('-')) return word === wanted
  }
  return false
}

function isRecursive(args: readonly string[]): boolean {
  return args.some((word) => word === '--recursive' || /^-[a-zA-Z]*[rR]/.test(word))
}

/** `curl … | sh`, `sh -c "$(curl …)"`, `bash <(curl …)`. */
function isLoadedCode(
  { words, piped }: ShellCommand,
  name: string,
  before: readonly ShellCommand[],
): boolean {
  if (!INTERPRETERS.includes(name)) return false
  const loads = before.some(({ words: [program = ''] }) => LOADERS.includes(program))
  const takesInput = words.length === 1 || words.at(-1) === '-' || words.at(-1) === '-s'
  return loads && ((piped && takesInput) || words.some((word) => word.includes('$()')))
}

function isInGit(path: string): boolean {
  return path.split('/').includes('.git')
}

function scriptOf(args: readonly string[]): string | null {
  const at = args.findIndex((word) => /^-[a-z]*c$/.test(word))
  return at === -1 ? null : (args[at + 1] ?? null)
}
