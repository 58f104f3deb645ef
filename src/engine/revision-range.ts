import { OrchestratorError } from '../errors.ts'

/** What a person typed: `HEAD`, or `BASE..HEAD` with either side left out for HEAD. */
interface RevisionRange {
  readonly base: string | null
  readonly head: string
}

export function parseRange(text: string): RevisionRange {
  const parts = text.split('..')
  const [first = '', second] = parts
  if (parts.length > 2 || text.includes('...')) {
    throw new OrchestratorError('usage', `${JSON.stringify(text)} is not BASE..HEAD`, {
      hint: 'Give two revisions with two dots between them, for example main..my-branch.',
    })
  }
  return second === undefined
    ? { base: null, head: first }
    : { base: first === '' ? 'HEAD' : first, head: second === '' ? 'HEAD' : second }
}
