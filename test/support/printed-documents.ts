import { DOCUMENTS, type DocumentName, PRINTED_BY } from '../../src/protocol/output/documents.ts'

/** How a command line with `--json` ended. */
export interface PrintedEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
}

const GROUPS = ['task', 'quarantine', 'circuits']

/** Which document a command line printed, line by line where it prints many. Throws where it is none of those that the command may print, key by key. */
export function printedDocuments(args: readonly string[], end: PrintedEnd): DocumentName[] {
  // Killed in the middle of a word, or interrupted before there was anything to say.
  if (end.signal !== null || (end.stdout === '' && end.code === 130)) return []
  const command = commandOf(args)
  const many = isMany(args)
  const texts = many ? end.stdout.split('\n').filter((line) => line !== '') : [end.stdout]
  return texts.map((text) => nameOf(command, JSON.parse(text)))
}

function isMany(args: readonly string[]): boolean {
  return args[0] === 'events' || args.includes('--watch') || args.includes('--follow')
}

function commandOf(args: readonly string[]): string {
  const [first = '', second = ''] = args.filter((argument) => !argument.startsWith('-'))
  return GROUPS.includes(first) ? `${first} ${second}` : first
}

function nameOf(command: string, document: unknown): DocumentName {
  const isError = typeof document === 'object' && document !== null && 'error' in document
  const names: readonly DocumentName[] = isError ? ['error'] : (PRINTED_BY[command] ?? [])
  const problems: string[] = []
  for (const name of names) {
    const read = DOCUMENTS[name].safeParse(document)
    if (read.success) return name
    problems.push(...read.error.issues.map(({ path, message }) => `${name}: ${path.join('.')}: ${message}`))
  }
  throw new Error(
    [
      `\`${command} --json\` printed no document that it may print`,
      ...problems,
      JSON.stringify(document),
    ].join('\n'),
  )
}
