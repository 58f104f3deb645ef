import type { ProblemPath } from '../domain/problem.ts'

interface JsonScan {
  /** Keys that occur twice in one object, and keys named `__proto__`, which no object here has. */
  readonly duplicates: readonly { readonly path: ProblemPath; readonly line: number }[]
  /** One line per wanted path; null where the document has no such place. A key's line is that of the key itself. */
  readonly lines: readonly (number | null)[]
  readonly deepest: number
}

/** Reads the places of a text that `JSON.parse` has accepted, in one pass without recursion. */
export function scanJson(text: string, wanted: readonly ProblemPath[]): JsonScan {
  const scanner = new JsonScanner(text, wantedTree(wanted))
  scanner.run()
  return {
    duplicates: scanner.duplicates,
    lines: wanted.map((_, index) => scanner.found.get(index) ?? null),
    deepest: scanner.deepest,
  }
}

interface Wanted {
  readonly answers: number[]
  readonly children: Map<string | number, Wanted>
}

function wantedTree(paths: readonly ProblemPath[]): Wanted {
  const root: Wanted = { answers: [], children: new Map() }
  for (const [index, path] of paths.entries()) {
    let node = root
    for (const part of path) {
      let child = node.children.get(part)
      if (child === undefined) {
        child = { answers: [], children: new Map() }
        node.children.set(part, child)
      }
      node = child
    }
    node.answers.push(index)
  }
  return root
}

interface Frame {
  readonly array: boolean
  readonly keys: Set<string>
  readonly wanted: Wanted | undefined
  /** The element or member that is being read. */
  part: string | number
  /** In an object: the next string is a key. */
  keyNext: boolean
}

class JsonScanner {
  readonly duplicates: { readonly path: ProblemPath; readonly line: number }[] = []
  readonly found = new Map<number, number>()
  deepest = 0
  readonly #text: string
  readonly #root: Wanted
  readonly #frames: Frame[] = []
  #position = 0
  #line = 1

  constructor(text: string, root: Wanted) {
    this.#text = text
    this.#root = root
  }

  run(): void {
    while (this.#position < this.#text.length) this.#token()
  }

  #token(): void {
    const frame = this.#frames.at(-1)
    switch (this.#text[this.#position]) {
      case '\n':
        this.#line += 1
        this.#position += 1
        return
      case ' ':
      case '\t':
      case '\r':
      case ':':
        this.#position += 1
        return
      case ',':
        if (frame?.array === true) frame.part = Number(frame.part) + 1
        else if (frame !== undefined) frame.keyNext = true
        this.#position += 1
        return
      case '{':
      case '[':
        this.#open(frame, this.#text[this.#position] === '[')
        return
      case '}':
      case ']':
        this.#frames.pop()
        this.#position += 1
        return
      case '"':
        if (frame?.keyNext === true) this.#key(frame)
        else this.#scalar(frame)
        return
      default:
        this.#scalar(frame)
    }
  }

  #open(parent: Frame | undefined, array: boolean): void {
    const wanted = this.#arrive(parent)
    this.#frames.push({ array, keys: new Set(), wanted, part: array ? 0 : '', keyNext: !array })
    this.deepest = Math.max(this.deepest, this.#frames.length)
    this.#position += 1
  }

  #key(frame: Frame): void {
    const raw = this.#string()
    const key = raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1)
    frame.part = key
    frame.keyNext = false
    for (const answer of frame.wanted?.children.get(key)?.answers ?? []) this.found.set(answer, this.#line)
    // `__proto__` is dropped without a word by what reads the value.
    if (key === '__proto__' || frame.keys.has(key)) {
      this.duplicates.push({ path: this.#frames.map(({ part }) => part), line: this.#line })
    }
    frame.keys.add(key)
  }

  #scalar(frame: Frame | undefined): void {
    this.#arrive(frame)
    if (this.#text[this.#position] === '"') this.#string()
    else while (/[^\s,\]}]/.test(this.#text[this.#position] ?? ' ')) this.#position += 1
  }

  /** Notes the line of the value that begins here, unless its key was noted, and returns what is wanted below it. */
  #arrive(parent: Frame | undefined): Wanted | undefined {
    const node = parent === undefined ? this.#root : parent.wanted?.children.get(parent.part)
    if (parent === undefined || parent.array) {
      for (const answer of node?.answers ?? []) this.found.set(answer, this.#line)
    }
    return node
  }

  #string(): string {
    const start = this.#position
    let end = start + 1
    while (this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    this.#position = end + 1
    return this.#text.slice(start, end + 1)
  }
}
