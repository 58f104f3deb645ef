/** Of terminals that do not tell; some say 0. */
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** A block of lines that is drawn again in place, below whatever was printed before. */
export class Screen {
  readonly #stream: Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>
  #drawn = 0

  constructor(stream: Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>) {
    this.#stream = stream
  }

  /** Replaces the block. Lines are cut to the terminal, so that none takes two rows; colours may be in them. */
  draw(lines: readonly string[]): void {
    const width = Math.max(10, this.#stream.columns || DEFAULT_COLUMNS)
    const height = Math.max(2, (this.#stream.rows || DEFAULT_ROWS) - 1)
    const shown = lines.slice(0, height).map((line) => cut(line, width - 1))
    this.#stream.write(`${this.#back()}${shown.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J`)
    this.#drawn = shown.length
  }

  /** Takes the block away and prints lines that stay, for the next block to stand below. */
  print(lines: readonly string[]): void {
    this.#stream.write(`${this.#back()}\u001B[J${lines.map((line) => `${line}\n`).join('')}`)
    this.#drawn = 0
  }

  #back(): string {
    return this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A\r`
  }
}

const COLOUR = /\u001B\[[0-9;]*m/y

/** The first characters of a line; colours count for nothing and end with it. */
function cut(line: string, width: number): string {
  let kept = ''
  let shown = 0
  for (let at = 0; at < line.length; ) {
    COLOUR.lastIndex = at
    const colour = COLOUR.exec(line)?.[0]
    if (colour !== undefined) {
      kept += colour
      at += colour.length
      continue
    }
    const character = String.fromCodePoint(line.codePointAt(at) ?? 0)
    if (shown === width) return `${kept}\u001B[0m`
    kept += character
    shown += 1
    at += character.length
  }
  return kept
}
