/** One program that a shell script starts, as far as it can be read without running it. */
export interface ShellCommand {
  /** The program and its arguments, without quotes. */
  readonly words: readonly string[]
  /** Files that its output goes to. */
  readonly writes: readonly string[]
  /** It reads what the command before it prints. */
  readonly piped: boolean
}

const LONGEST_SCRIPT = 20_000
const DEEPEST = 5

/**
 * The commands of a shell script, those within `$(…)`, backquotes and `<(…)` too. It does not know what a script means, and
 * whoever wants to hide a command from it can: it serves to tell somebody what he is about to do.
 */
export function shellCommands(script: string, depth = 0): ShellCommand[] {
  return new ShellReader(script.slice(0, LONGEST_SCRIPT), depth).read()
}

class ShellReader {
  readonly #text: string
  readonly #depth: number
  readonly #found: ShellCommand[] = []
  #at = 0
  #words: string[] = []
  #writes: string[] = []
  #word: string | null = null
  #isQuoted = false
  #redirects = false
  #piped = false

  constructor(text: string, depth: number) {
    this.#text = text
    this.#depth = depth
  }

  read(): ShellCommand[] {
    while (this.#at < this.#text.length) this.#step(this.#text[this.#at] ?? '')
    this.#endCommand(false)
    return this.#found
  }

  #step(char: string): void {
    const next = this.#text[this.#at + 1] ?? ''
    this.#at += 1
    if (char === '\\') this.#take(this.#text[this.#at++] ?? '')
    else if (char === '`') this.#nested('`')
    else if (next === '(' && (char === '$' || (char === '<' && !this.#isQuoted))) {
      this.#at += 1
      this.#nested(')')
    } else if (char === '"') {
      this.#isQuoted = !this.#isQuoted
      this.#take('')
    } else if (this.#isQuoted) this.#take(char)
    else if (char === "'") this.#quoted()
    else if (char === ' ' || char === '\t') this.#endWord()
    else if (char === '>') this.#redirect()
    else if (char === '|') {
      const isOr = next === '|'
      if (isOr || next === '&') this.#at += 1
      this.#endCommand(!isOr)
    } else if (char === '&' && next === '>') return
    else if (char === '&' || char === ';' || char === '\n' || char === '(' || char === ')')
      this.#endCommand(false)
    else this.#take(char)
  }

  #take(text: string): void {
    this.#word = (this.#word ?? '') + text
  }

  #quoted(): void {
    const end = this.#text.indexOf("'", this.#at)
    const stop = end === -1 ? this.#text.length : end
    this.#take(this.#text.slice(this.#at, stop))
    this.#at = stop + 1
  }

  /** What stands inside is a script of its own; its output is a word that nobody knows. */
  #nested(closing: string): void {
    let depth = 1
    let end = this.#at
    for (; end < this.#text.length; end++) {
      const char = this.#text[end]
      if (closing === ')' && char === '(') depth += 1
      if (char === closing) depth -= 1
      if (depth === 0) break
    }
    if (this.#depth < DEEPEST)
      this.#found.push(...shellCommands(this.#text.slice(this.#at, end), this.#depth + 1))
    this.#at = end + 1
    this.#take('$()')
  }

  /** `2>`, `>>`, `>|` and `>&2`: only files are of interest. */
  #redirect(): void {
    if (this.#word !== null && /^\d$/.test(this.#word)) this.#word = null
    this.#endWord()
    while (/[>|]/.test(this.#text[this.#at] ?? '')) this.#at += 1
    if (this.#text[this.#at] === '&') this.#at += 1
    this.#redirects = true
  }

  #endWord(): void {
    if (this.#word === null) return
    if (this.#redirects) this.#writes.push(this.#word)
    else this.#words.push(this.#word)
    this.#word = null
    this.#redirects = false
  }

  #endCommand(pipes: boolean): void {
    this.#endWord()
    if (this.#words.length > 0 || this.#writes.length > 0)
      this.#found.push({ words: this.#words, writes: this.#writes, piped: this.#piped })
    this.#words = []
    this.#writes = []
    this.#redirects = false
    this.#piped = pipes
  }
}
