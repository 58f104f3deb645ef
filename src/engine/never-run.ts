import { leadsOut } from '../domain/leads-out.ts'
import type { TreeId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { TreeEntry } from '../git/git.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Workshop } from './context.ts'

const MOST_DETAILS = 50
const SUBMODULE = '160000'
const LINK = '120000'

/**
 * Why nothing of what was made of a base is even run: a file that would land holds a known secret, or is named by one, or is
 * a link to what no commit holds. Asked of all that would land, whatever of it was refused before.
 */
export async function neverRun(
  { git, secrets }: Pick<Workshop, 'git' | 'secrets'>,
  base: TreeId,
  tree: TreeId,
): Promise<Refusal[]> {
  const forms = secretForms(secrets.certain).map((form) => Buffer.from(form))
  const holdsSecret = (bytes: Buffer): boolean => forms.some((form) => bytes.includes(form))
  const [before, files] = [await git.files(base), await git.files(tree)]
  const isLink = (path: string): boolean => files.get(path)?.mode === LINK
  const wasLink = (path: string): boolean => before.get(path)?.mode === LINK
  const ledOut = ({ id }: TreeEntry, target: string): boolean =>
    [...before].some(
      ([path, { id: own, mode }]) => mode === LINK && own === id && leadsOut(path, target, wasLink),
    )
  const secret: string[] = []
  const out: string[] = []
  for (const { path, after } of await git.diff(base, tree)) {
    if (after === null) continue
    if (holdsSecret(Buffer.from(path))) secret.push(`the name ${JSON.stringify(path)}`)
    if (after.mode === SUBMODULE || (forms.length === 0 && after.mode !== LINK)) continue
    const content = await git.readBlob(after.id)
    if (holdsSecret(content)) secret.push(JSON.stringify(path))
    if (after.mode !== LINK) continue
    const target = content.toString('utf8')
    // One of people's that led out where it was may be moved.
    if (leadsOut(path, target, isLink) && !ledOut(after, target)) out.push(JSON.stringify(path))
  }
  return [...refusalOf(secret, SECRET), ...refusalOf(out, LEADS_OUT)]
}

const SECRET = {
  code: 'secret_found',
  says: 'holds a secret that this program, its agents or its tests are given',
  hint: 'Read it from the environment, or from the file that holds it, where it is needed; write it nowhere.',
} as const

const LEADS_OUT = {
  code: 'forbidden_path',
  says: 'is a link to a place outside the repository, or may be one',
  hint: 'Put the file itself there: no commit holds what such a link leads to.',
} as const

function refusalOf(
  found: readonly string[],
  { code, says, hint }: typeof SECRET | typeof LEADS_OUT,
): Refusal[] {
  const [first] = found
  if (first === undefined) return []
  return [{ code, fact: `${first} ${says}`, hint, details: found.slice(0, MOST_DETAILS) }]
}
