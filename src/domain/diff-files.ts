/** A file of a diff, with no more of it than was asked for. */
export interface DiffFile {
  readonly path: string
  /** What happened to the file beside changed lines; null where nothing did. */
  readonly note: string | null
  readonly added: number
  readonly removed: number
  /** Of its hunks, each with its mark. */
  readonly lines: readonly string[]
  readonly moreLines: number
}

export interface DiffFiles {
  readonly files: readonly DiffFile[]
  readonly moreFiles: number
  /** Whether anything of the diff is missing here. */
  readonly cut: boolean
}

interface DiffBounds {
  readonly files: number
  /** Of all files together. */
  readonly lines: number
  /** Characters of a line. */
  readonly width: number
}

/** A diff that git wrote, by file and within bounds. */
export function diffFiles(text: string, bounds: DiffBounds): DiffFiles {
  const parts = text.split(/^(?=diff --git )/m).filter((part) => part.startsWith('diff --git '))
  let room = bounds.lines
  const files = parts.slice(0, bounds.files).map((part) => {
    const file = fileOf(part, { lines: room, width: bounds.width })
    room -= file.lines.length
    return file
  })
  const moreFiles = parts.length - files.length
  const shortened = files.some(
    ({ moreLines, lines }) => moreLines > 0 || lines.some(({ length }) => length === bounds.width),
  )
  return { files, moreFiles, cut: moreFiles > 0 || shortened }
}

function fileOf(part: string, bounds: Omit<DiffBounds, 'files'>): DiffFile {
  const all = part.replace(/\n$/, '').split('\n')
  const start = all.findIndex((line) => line.startsWith('@@'))
  const head = start === -1 ? all : all.slice(0, start)
  const hunks = start === -1 ? [] : all.slice(start)
  const lines = hunks.slice(0, bounds.lines).map((line) => line.slice(0, bounds.width))
  return {
    path: pathOf(head),
    note: noteOf(head),
    added: hunks.filter((line) => line.startsWith('+')).length,
    removed: hunks.filter((line) => line.startsWith('-')).length,
    lines,
    moreLines: hunks.length - lines.length,
  }
}

function pathOf(head: readonly string[]): string {
  const [first = ''] = head
  return (
    after(head, 'rename to ') ??
    after(head, '+++ b/') ??
    after(head, '--- a/') ??
    (/^diff --git a\/(.*) b\/\1$/s.exec(first)?.[1] || first.slice('diff --git '.length))
  ).replace(/\t$/, '')
}

function noteOf(head: readonly string[]): string | null {
  if (head.some((line) => line.startsWith('Binary files '))) return 'not text'
  if (after(head, 'new file mode ') !== null) return 'new file'
  if (after(head, 'deleted file mode ') !== null) return 'deleted'
  const from = after(head, 'rename from ')
  if (from !== null) return `renamed from ${from}`
  return after(head, 'new mode ') === null ? null : 'another mode'
}

function after(head: readonly string[], start: string): string | null {
  return head.find((line) => line.startsWith(start))?.slice(start.length) ?? null
}
