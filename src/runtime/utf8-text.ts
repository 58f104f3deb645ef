import { isUtf8 } from 'node:buffer'

/** The text of some bytes, or the first of its lines, from 1, that is not UTF-8: to read it all the same would put other characters there. */
export function utf8Text(bytes: Buffer): { readonly text: string } | { readonly notUtf8: number } {
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { notUtf8: firstBadLine(bytes) }
}

/** No line end is part of a longer character, so that each line stands for itself. */
function firstBadLine(bytes: Buffer): number {
  let line = 1
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(LINE_END, start)
    const next = end < 0 ? bytes.length : end + 1
    if (!isUtf8(bytes.subarray(start, next))) return line
    start = next
  }
  return line
}

const LINE_END = 0x0a
