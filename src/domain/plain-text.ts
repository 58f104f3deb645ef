/** Controls, and what turns the direction of a text or hides in it: a text of others could show something else than it is. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]+/gu

/** A text of others as one line of at most so many characters. */
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
