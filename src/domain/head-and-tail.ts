/** Beginning and end of a text that is too long: what matters stands in one of them. `head`: the share of the beginning. */
export function headAndTail(text: string, most: number, head = 0.5): string {
  if (text.length <= most) return text
  const before = Math.floor(most * head)
  const left = text.length - most
  return `${text.slice(0, before)}\n[${left} characters are left out]\n${text.slice(before + left)}`
}
