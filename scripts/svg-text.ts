/** Text of others within an SVG. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A coordinate, to a tenth. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10)
}
