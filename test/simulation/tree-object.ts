import type { TreeFiles } from '../../src/git/git.ts'

/** The id of a tree of files, from the objects that git would write for it and its folders. */
export function objectOfTree(files: TreeFiles, idOf: (raw: Buffer) => string): string {
  const rows = new Map<string, { readonly mode: string; readonly id: string }>()
  const folders = new Map<string, Map<string, { readonly mode: string; readonly id: string }>>()
  for (const [path, entry] of files) {
    const slash = path.indexOf('/')
    if (slash < 0) rows.set(path, entry)
    else {
      const inside = folders.get(path.slice(0, slash)) ?? new Map()
      folders.set(path.slice(0, slash), inside.set(path.slice(slash + 1), entry))
    }
  }
  for (const [name, inside] of folders) rows.set(name, { mode: '40000', id: objectOfTree(inside, idOf) })
  const inOrder = [...rows].toSorted(([one, { mode }], [other, { mode: otherMode }]) =>
    Buffer.compare(sortedAs(one, mode), sortedAs(other, otherMode)),
  )
  return idOf(
    Buffer.concat(
      inOrder.flatMap(([name, { mode, id }]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
    ),
  )
}

/** Git compares the name of a folder as if a slash ended it. */
function sortedAs(name: string, mode: string): Buffer {
  return Buffer.from(mode === '40000' ? `${name}/` : name)
}
