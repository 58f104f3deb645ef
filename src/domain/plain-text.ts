/**
 * What a terminal or a browser would obey or hide, so that a text of others could show something else than it is: controls
 * but for the tabulator and the end of a line, changes of direction, characters without width, halves of pairs.
 */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|\p{Surrogate}|[\u{e0000}-\u{e007f}]/gu

/** A text of others with the code of each such character in its place. */
export function spelledOut(text: string): string {
  return text.replaceAll(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** A text of others without such characters. */
export function seenText(text: string): string {
  return text.replaceAll(UNSEEN, '')
}

/** A text of others as one line of at most so many characters, without such characters. */
export function plainText(text: string, most: number): string {
  // What is cut off anyway is not looked at.
  const line = text
    .slice(0, most * 8)
    .toWellFormed()
    .replaceAll(UNSEEN, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`
}
