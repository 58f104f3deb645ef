import type { TreeId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Workshop } from './context.ts'
import { refuseLinksOut } from './refuse-links-out.ts'

const MOST_DETAILS = 50
const SUBMODULE = '160000'

/**
 * Why nothing of what was made of a base is even run: a file that would land holds a known secret, or is named by one, or a
 * link leads to what no commit holds. Asked of all that would land, whatever of it was refused before.
 */
export async function neverRun(
  { git, secrets }: Pick<Workshop, 'git' | 'secrets'>,
  base: TreeId,
  tree: TreeId,
): Promise<Refusal[]> {
  const forms = secretForms(secrets.certain).map((form) => Buffer.from(form))
  const holdsSecret = (bytes: Buffer): boolean => forms.some((form) => bytes.includes(form))
  const found: string[] = []
  for (const { path, after } of forms.length === 0 ? [] : await git.diff(base, tree)) {
    if (after === null) continue
    if (holdsSecret(Buffer.from(path))) found.push(`the name ${JSON.stringify(path)}`)
    if (after.mode === SUBMODULE) continue
    if (holdsSecret(await git.readBlob(after.id))) found.push(JSON.stringify(path))
  }
  return [...secretFound(found), ...(await refuseLinksOut(git, base, tree))]
}

function secretFound(found: readonly string[]): Refusal[] {
  const [first] = found
  if (first === undefined) return []
  return [
    {
      code: 'secret_found',
      fact: `${first} holds a secret that this program, its agents or its tests are given`,
      hint: 'Read it from the environment, or from the file that holds it, where it is needed; write it nowhere.',
      details: found.slice(0, MOST_DETAILS),
    },
  ]
}
