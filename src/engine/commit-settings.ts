import type { Config } from '../config/schema.ts'
import type { CommitId, TreeId } from '../domain/evidence.ts'
import type { Git, Person } from '../git/git.ts'
import type { CommitSettings, RunContext } from './context.ts'

/**
 * Author, messages and signer, as our configuration and the person's git say. Something is signed by way of trial, so that
 * a key that is missing stops a run before it begins and not in a landing. Throws `signing_failed`.
 */
export async function commitSettings(git: Git, config: Config['git']): Promise<CommitSettings> {
  const { authorName, authorEmail, testMessage, sourceMessage, mergeMessage, sign } = config
  const configured = await git.author()
  const name = authorName ?? configured?.name
  const email = authorEmail ?? configured?.email
  const author = name === undefined || email === undefined ? FALLBACK_AUTHOR : { name, email }
  const signer = sign === 'off' ? null : await git.signer(sign)
  await signer?.sign(Buffer.from('A signature by way of trial.\n'), author)
  return { author, signer, messages: { test: testMessage, source: sourceMessage, merge: mergeMessage } }
}

export const FALLBACK_AUTHOR: Person = { name: 'TDD Orchestrator', email: 'tdd-orchestrator@localhost' }

interface Made {
  readonly tree: TreeId
  readonly parents: readonly CommitId[]
  readonly message: string
}

/** A commit that lands: in the person's name, now, signed where that is asked for. */
export async function makeCommit(context: RunContext, made: Made): Promise<CommitId> {
  const { author, signer } = context.commits
  return context.git.commit({ ...made, author, committer: author, at: context.clock.now(), signer })
}

/** A commit of work that may yet land: not signed, so that a key that is gone costs no finished work. */
export async function makeDraft(context: RunContext, made: Made): Promise<CommitId> {
  const { author } = context.commits
  return context.git.commit({ ...made, author, committer: author, at: context.clock.now() })
}

/** A draft again as it lands, on a parent that may be such a commit too. The draft itself where nothing is signed. */
export async function signDraft(context: RunContext, draft: CommitId, parent: CommitId): Promise<CommitId> {
  const { author: committer, signer } = context.commits
  if (signer === null) return draft
  const { tree, message, author, authoredAt } = await context.git.readCommit(draft)
  return context.git.commit({ tree, parents: [parent], message, author, committer, at: authoredAt, signer })
}
