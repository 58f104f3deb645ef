import { createHash } from 'node:crypto'
import type { CommitId, PathChange, TreeId } from '../domain/evidence.ts'
import { mayChangeAtGreen, mayChangeAtRed } from '../domain/judge-paths.ts'
import { isProof } from '../domain/judge-red.ts'
import type { Suite } from '../domain/suite.ts'
import type { CommitFacts } from '../git/git.ts'
import type { CanonicalReading } from '../verify/read-canonical.ts'
import { writtenHash } from '../verify/touched-tests.ts'
import type { Workshop } from './context.ts'
import { changesBetween, changesSinceTests } from './changes.ts'

/** A merge with the trailers of a landing. */
export interface Landing {
  readonly commit: CommitFacts
  readonly task: string
  readonly red: string
  readonly green: string
  readonly digest: string
}

export type Note = CanonicalReading & { readonly text: string }

interface LandingTrees {
  /** The target before the landing. */
  readonly base: TreeId
  /** `base` with the task's tests. */
  readonly tests: TreeId
  readonly merge: TreeId
}

interface BrokenRecord {
  readonly code: 'evidence_mismatch' | 'unproven' | 'wrong_files'
  readonly fact: string
}

type RecordReading =
  | { readonly kind: 'holds'; readonly trees: LandingTrees }
  | { readonly kind: 'broken'; readonly finding: BrokenRecord }

interface RecordCase {
  readonly landing: Landing
  readonly note: Note
  /** The suites that are known here; the note's own wins over one of the same name. */
  readonly suites: readonly Suite[]
}

/**
 * Whether merge, commits and note of a landing say the same, from git alone: nothing is run. The merge must be what a
 * landing makes of its commits, the commits must change what their stages may change, and the note must be about these
 * trees and these tests.
 */
export async function readRecord(workshop: Workshop, record: RecordCase): Promise<RecordReading> {
  const { landing, note } = record
  const named = refuseOtherNote(landing, note) ?? refuseWithoutProof(note)
  if (named !== null) return { kind: 'broken', finding: named }
  const chain = await readChain(workshop, landing)
  if ('code' in chain) return { kind: 'broken', finding: chain }
  const trees = await landedTrees(workshop, landing, chain)
  if (trees === null) {
    const fact = `the tree of the merge is not what ${landing.commit.parents.join(' and ')} merge to`
    return { kind: 'broken', finding: mismatch(fact) }
  }
  const finding =
    refuseOtherTrees(note, trees) ??
    (await refuseWrongFiles(workshop, record, chain)) ??
    (await refuseOtherBodies(workshop, note, trees))
  return finding === null ? { kind: 'holds', trees } : { kind: 'broken', finding }
}

function mismatch(fact: string): BrokenRecord {
  return { code: 'evidence_mismatch', fact }
}

function refuseOtherNote(landing: Landing, { text, task }: Note): BrokenRecord | null {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  if (digest !== landing.digest)
    return mismatch(`the note has the digest ${digest}, the merge names ${landing.digest}`)
  if (task.key !== landing.task)
    return mismatch(`the note is about the task ${task.key}, the merge names ${landing.task}`)
  const [, second] = landing.commit.parents
  return second === landing.green
    ? null
    : mismatch(`the second parent is ${second}, the merge names ${landing.green}`)
}

/** Who writes the note chooses the kind of the task: without tests that failed there is no proof, whatever it says. */
function refuseWithoutProof({ task, tests }: Note): BrokenRecord | null {
  const owes = task.kind === 'implement' || task.kind === 'verify_only'
  if (owes && tests.some(isProof)) return null
  return {
    code: 'unproven',
    fact: `the note (${task.kind}) has no test that proves anything, and the merge is not marked TDD-Unproven`,
  }
}

/** The trees that lead to a merge. Where a task has no tests of its own, RED is its base. */
interface Chain {
  readonly parent: TreeId
  readonly base: TreeId
  readonly red: TreeId
  readonly green: TreeId
}

async function readChain({ git }: Workshop, landing: Landing): Promise<Chain | BrokenRecord> {
  const [parent = ''] = landing.commit.parents
  const green = await git.readCommit(landing.green)
  if (landing.green !== landing.red && !follows(green, landing.red))
    return mismatch(`${landing.green} does not follow ${landing.red}`)
  const red = await git.readCommit(landing.red)
  const base = (await git.isAncestor(red.id, parent)) ? red : await baseOf(red, parent)
  if (base === null) return mismatch(`${landing.red} is not one commit on a base that ${parent} contains`)
  return { parent: (await git.readCommit(parent)).tree, base: base.tree, red: red.tree, green: green.tree }

  async function baseOf({ parents }: CommitFacts, head: CommitId): Promise<CommitFacts | null> {
    const [only] = parents
    if (only === undefined || parents.length > 1 || !(await git.isAncestor(only, head))) return null
    return git.readCommit(only)
  }
}

function follows(commit: CommitFacts, parent: CommitId): boolean {
  return commit.parents.length === 1 && commit.parents[0] === parent
}

/** As the landing combined them: merged, or in a replay of history the paths of the commits set. Null where it is neither. */
async function landedTrees({ git }: Workshop, landing: Landing, chain: Chain): Promise<LandingTrees | null> {
  const [parent = ''] = landing.commit.parents
  const merge = landing.commit.tree
  const merged = await git.mergeTrees(parent, landing.green)
  if (merged.kind === 'clean' && merged.tree === merge) {
    const tests = await git.mergeTrees(parent, landing.red)
    if (tests.kind === 'clean') return { base: chain.parent, tests: tests.tree, merge }
  }
  const composed = async (tree: TreeId): Promise<TreeId> => {
    const changes = await git.diff(chain.base, tree)
    return git.compose(chain.parent, new Map(changes.map(({ path, after }) => [path, after])))
  }
  if ((await composed(chain.green)) !== merge) return null
  return { base: chain.parent, tests: await composed(chain.red), merge }
}

function refuseOtherTrees(note: Note, trees: LandingTrees): BrokenRecord | null {
  const names = ['base', 'tests', 'merge'] as const
  const other = names.find((name) => note.trees[name] !== trees[name])
  return other === undefined
    ? null
    : mismatch(
        `the note is about ${note.trees[other] ?? 'no tree'} as ${other}, the landing has ${trees[other]}`,
      )
}

/** The paths that each commit may change, by the rules of its stage. */
async function refuseWrongFiles(
  workshop: Workshop,
  { note, suites }: RecordCase,
  chain: Chain,
): Promise<BrokenRecord | null> {
  const { task, suite } = note
  const all = [suite, ...suites.filter(({ name }) => name !== suite.name)]
  const about = { suites: all, task }
  const ofTests = await changesBetween(workshop, { from: chain.base, to: chain.red, ...about })
  const inRed = ofTests.find((change) => !mayChangeAtRed(change, task, suite))
  if (inRed !== undefined) return wrongFile(inRed, 'the commit of the tests')
  const ofSources = await changesSinceTests(workshop, {
    redTree: chain.red,
    to: chain.green,
    suite,
    ...about,
  })
  const inGreen = ofSources.find((change) => !mayChangeAtGreen(change, task, suite))
  return inGreen === undefined ? null : wrongFile(inGreen, 'the commit of the sources')
}

function wrongFile({ path, change }: PathChange, where: string): BrokenRecord {
  return { code: 'wrong_files', fact: `${path} was ${change} in ${where}, which may not do that` }
}

/** A test that is written out is known by its body, any other by its whole file. */
async function refuseOtherBodies(
  { git }: Workshop,
  note: Note,
  trees: LandingTrees,
): Promise<BrokenRecord | null> {
  const [before, now] = [await git.files(trees.tests), await git.files(trees.merge)]
  const texts = new Map<string, string>()
  for (const { file, name, bodyHash } of note.tests) {
    const entry = now.get(file)
    if (entry === undefined) return mismatch(`${file} of the noted test "${name}" is not in the merge`)
    const text = texts.get(file) ?? (await git.readBlob(entry.id)).toString('utf8')
    texts.set(file, text)
    const written = writtenHash(file, text, name)
    const same = written === null ? before.get(file)?.id === entry.id : written === bodyHash
    if (!same) return mismatch(`"${name}" in ${file} is not the test that the note is about`)
  }
  return null
}
