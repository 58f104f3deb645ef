import type { ProblemPath } from '../domain/problem.ts'

/** The line of a place in a TOML text, or of the nearest place above it; null when none was found. Inline tables count as one place. */
export function tomlLine(text: string, path: ProblemPath): number | null {
  const places = tomlPlaces(text)
  for (let length = path.length; length > 0; length -= 1) {
    const line = places.get(JSON.stringify(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return null
}

function tomlPlaces(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const counts = new Map<string, number>()
  let table: (string | number)[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]/.exec(line)
    const key = /^\s*([A-Za-z0-9_.-]+|"[^"]*"|'[^']*')\s*=/.exec(line)?.[1]
    if (header?.[2] !== undefined) {
      table = tableAt(keyParts(header[2]), header[1] === '[[', counts)
      note(places, table, index + 1)
    } else if (key !== undefined) note(places, [...table, ...keyParts(key)], index + 1)
  }
  return places
}

/** Puts the number of the current element behind each list of tables. */
function tableAt(
  parts: readonly string[],
  isElement: boolean,
  counts: Map<string, number>,
): (string | number)[] {
  const table: (string | number)[] = []
  for (const [position, part] of parts.entries()) {
    table.push(part)
    const id = JSON.stringify(table)
    if (isElement && position === parts.length - 1) counts.set(id, (counts.get(id) ?? -1) + 1)
    const element = counts.get(id)
    if (element !== undefined) table.push(element)
  }
  return table
}

function note(places: Map<string, number>, path: readonly (string | number)[], line: number): void {
  for (let length = path.length; length > 0; length -= 1) {
    const id = JSON.stringify(path.slice(0, length))
    if (!places.has(id)) places.set(id, line)
  }
}

function keyParts(text: string): string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|[A-Za-z0-9_-]+/g) ?? []
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, '$2'))
}
