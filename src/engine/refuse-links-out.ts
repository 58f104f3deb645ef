import { setImmediate } from 'node:timers/promises'
import type { BlobId, TreeId } from '../domain/evidence.ts'
import { linksOut, textOfPlace } from '../domain/links-out.ts'
import { pathKey } from '../domain/path-key.ts'
import type { Refusal } from '../domain/verdict.ts'
import { workOff } from '../git/bounded.ts'
import type { Git } from '../git/git.ts'
import { pathFromBytes } from '../git/tree-object.ts'

type Reading = Pick<Git, 'diff' | 'files' | 'readBlob'>

/**
 * Refuses what makes a link of a tree lead out of it. All links are judged, changed or not: what changed may be another one on
 * their way. Those of people that led out in the base may lead from the same path to the same place.
 */
export async function refuseLinksOut(git: Reading, base: TreeId, tree: TreeId): Promise<Refusal[]> {
  const changes = await git.diff(base, tree)
  // Where all links are the same they lead to the same places.
  if (!changes.some(({ before, after }) => before?.mode === LINK || after?.mode === LINK)) return []
  const texts = new Map<BlobId, string>()
  const links = await linksOf(git, tree, texts)
  let linksBefore: TreeLinks | null = null
  const found = new Map<string, string>()
  for (const keyOf of [exactly, pathKey]) {
    const out = await inTurns(linksOut(links, keyOf))
    if (out.size === 0) continue
    linksBefore ??= await linksOf(git, base, texts)
    const before = await inTurns(linksOut(linksBefore, keyOf))
    for (const [path, place] of out) {
      const old = before.get(path)
      if (old !== undefined && textOfPlace(old) === textOfPlace(place)) continue
      if (!found.has(path)) found.set(path, textOfPlace(place))
      if (found.size === MOST_DETAILS) break
    }
  }
  return refusalOf([...found])
}

type TreeLinks = ReadonlyMap<string, string>

const LINK = '120000'
const MOST_DETAILS = 50
const BLOBS_AT_ONCE = 128

/** A file system that ignores letter case walks other ways: no link may lead out on either kind. */
function exactly(name: string): string {
  return name
}

/** What each link of a tree holds, by path. `texts` are those that were read before. */
async function linksOf(git: Reading, tree: TreeId, texts: Map<BlobId, string>): Promise<TreeLinks> {
  const links = new Map<string, BlobId>()
  for (const [path, { mode, id }] of await git.files(tree)) if (mode === LINK) links.set(path, id)
  const unread = new Set([...links.values()].filter((id) => !texts.has(id)))
  await workOff([...unread], BLOBS_AT_ONCE, async (id) => {
    texts.set(id, whatALinkHolds(await git.readBlob(id)))
  })
  return new Map(Array.from(links, ([path, id]) => [path, texts.get(id) ?? '']))
}

/** File systems end it at a zero byte, whatever git keeps behind that. */
function whatALinkHolds(blob: Buffer): string {
  const end = blob.indexOf(0)
  return pathFromBytes(end < 0 ? blob : blob.subarray(0, end))
}

async function inTurns<Result>(work: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    await setImmediate()
  }
}

function refusalOf(found: readonly (readonly [path: string, place: string])[]): Refusal[] {
  const [first] = found
  if (first === undefined) return []
  const [path, place] = first.map((text) => JSON.stringify(text))
  return [
    {
      code: 'forbidden_path',
      fact: `${path} is a link that leads out of the files of the repository, to ${place}`,
      hint: 'Put the file itself there: no commit holds what such a link leads to. A link that led out before stays as and where it was. Where one leads out that was not changed, another one on its way was: let that one lead where it led.',
      details: found.map((pair) => pair.map((text) => JSON.stringify(text)).join(' leads to ')),
    },
  ]
}
