import type { TreeId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { Workshop } from './context.ts'

/** Shorter values are words that may stand anywhere. */
const SHORTEST = 8
const MOST_DETAILS = 50

/** Why what was made of a tree may not go on: it holds a secret of the files that this place gives to trees or suites. */
export async function secretsLeft(
  { git, places }: Pick<Workshop, 'git' | 'places'>,
  from: TreeId,
  to: TreeId,
): Promise<Refusal | null> {
  const secrets = places.secrets
    .filter(({ length }) => length >= SHORTEST)
    .map((secret) => Buffer.from(secret))
  if (secrets.length === 0 || from === to) return null
  const files = await git.files(to)
  const found: string[] = []
  for (const { path } of await git.diff(from, to)) {
    const entry = files.get(path)
    if (entry === undefined || entry.mode === SUBMODULE) continue
    const content = await git.readBlob(entry.id)
    if (secrets.some((secret) => content.includes(secret))) found.push(path)
  }
  const [first] = found
  if (first === undefined) return null
  return {
    code: 'secret_found',
    fact: `${JSON.stringify(first)} holds a secret of the environment that tests run in`,
    hint: 'Read it from the environment, or from the file that holds it, where it is needed; write it nowhere.',
    details: found.slice(0, MOST_DETAILS),
  }
}

const SUBMODULE = '160000'
