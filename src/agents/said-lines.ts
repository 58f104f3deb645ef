/** Longest text that is told as one. */
export const LONGEST_TEXT = 1024 * 1024

/**
 * What is told in pieces, put together to lines: a secret that lies across two pieces would not be known as one. What has no
 * end yet is kept until somebody asks for it.
 */
export class SaidLines {
  #rest = ''

  /** The lines that are whole now. */
  hear(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST_TEXT)
    return lines.filter((line) => line !== '').map((line) => line.slice(0, LONGEST_TEXT))
  }

  /** What waits for its end. */
  rest(): string[] {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? [] : [rest]
  }
}
