import type { TreeId } from '../domain/evidence.ts'
import type { Refusal } from '../domain/verdict.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { Workshop } from './context.ts'

const MOST_DETAILS = 50
const SUBMODULE = '160000'

/** Why what was made of a tree is not even run: a file that was changed holds a known secret. */
export async function secretsLeft(
  { git, secrets }: Pick<Workshop, 'git' | 'secrets'>,
  from: TreeId,
  to: TreeId,
): Promise<Refusal | null> {
  if (secrets.certain.length === 0 || from === to) return null
  const forms = secretForms(secrets.certain).map((form) => Buffer.from(form))
  const files = await git.files(to)
  const found: string[] = []
  for (const { path } of await git.diff(from, to)) {
    const entry = files.get(path)
    if (entry === undefined || entry.mode === SUBMODULE) continue
    const content = await git.readBlob(entry.id)
    if (forms.some((form) => content.includes(form))) found.push(path)
  }
  const [first] = found
  if (first === undefined) return null
  return {
    code: 'secret_found',
    fact: `${JSON.stringify(first)} holds a secret that this program, its agents or its tests are given`,
    hint: 'Read it from the environment, or from the file that holds it, where it is needed; write it nowhere.',
    details: found.slice(0, MOST_DETAILS),
  }
}
