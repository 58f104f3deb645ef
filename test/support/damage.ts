import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export const PAGE = 4_096

export function overwrite(file: string, from: number, bytes: number, by = 0xa5): void {
  const content = readFileSync(file)
  content.fill(by, from, from + bytes)
  writeFileSync(file, content)
}

/** Where in the file the nth page with rows of a table or an index begins, from 0. */
export function placeOf(path: string, name: string, nth = 0): number {
  using db = new DatabaseSync(path)
  const page = db
    .prepare(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET ?`)
    .get(name, nth)
  return (Number(page?.['pageno']) - 1) * PAGE
}
