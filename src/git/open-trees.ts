import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { AgentSlot } from './agent-tree.ts'
import type { Git } from './git.ts'
import { createGitCommand } from './git-command.ts'
import { type IncludedFiles, NOTHING_INCLUDED } from './included-files.ts'
import { openPackCache } from './pack-cache.ts'
import { privateGitDir } from './private-repository.ts'
import { ProofSlot } from './proof-slot.ts'
import { removePath } from './remove-path.ts'
import { slotPlace } from './slot-place.ts'
import { SlotPool } from './slot-pool.ts'
import type { AgentTree, AgentTreeRequest, ProofTree, ProofTreeRequest, Trees } from './trees.ts'

export interface OpenTreesOptions {
  readonly git: Git
  readonly exec: Exec
  /** The directory that `openGit` was given. */
  readonly stateDirectory: string
  readonly clock: Clock
  /** The person's environment, for PATH. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** How many proofs can have a tree at once. Default 2, at least 1. */
  readonly proofSlots?: number
  /** Slots of agents to begin with; more are made when more agents work at once. Default 2, at least 1. */
  readonly agentSlots?: number
  /** Commands in proof trees cannot write to `dependencyDirectories`, setup excepted. Default false. */
  readonly dependenciesAreReadOnly?: boolean
  /** What every tree gets beside its own files. Default: nothing. */
  readonly included?: IncludedFiles
}

/** Opens the slots of a repository. They stay on disk after `close`, for a warm start. */
export async function openTrees(options: OpenTreesOptions): Promise<Trees> {
  const { git, clock, included = NOTHING_INCLUDED } = options
  await mkdir(options.stateDirectory, { recursive: true })
  const state = await realpath(options.stateDirectory)
  const slots = join(state, 'slots')
  const records = join(state, 'slot-records')
  await mkdir(slots, { recursive: true })
  await mkdir(records, { recursive: true })
  const packs = await openPackCache({
    git: createGitCommand({ exec: options.exec, env: options.env, cwd: '/' }),
    gitDir: privateGitDir(state),
    directory: join(state, 'agent-packs'),
    clock,
  })
  const proofs = new SlotPool<ProofTreeRequest, ProofTree>({
    git,
    slots: await openProofSlots(options, { slots, records }),
  })
  let made = 0
  const another = (): AgentSlot =>
    new AgentSlot({ git, packs, clock, included, place: slotPlace(slots, `agent_${(made += 1)}`) })
  const slotsOfAgents = Array.from({ length: Math.max(1, options.agentSlots ?? DEFAULT_SLOTS) }, another)
  await Promise.all(slotsOfAgents.map((slot) => slot.begin()))
  const agents = new SlotPool<AgentTreeRequest, AgentTree, AgentSlot>({ git, slots: slotsOfAgents, another })
  return {
    agentTree: (request) => agents.lend(request),
    prepare: ({ after, tree, base }) => {
      agents.free.find((slot) => slot.keptFor === after)?.prepare({ task: null, tree, base })
    },
    proofTree: (request) => proofs.lend(request),
    close: async () => {
      await Promise.all([proofs.close(), agents.close()])
      await packs.close()
    },
  }
}

/** Removes slots and all that is kept for them in a state directory. Nothing may be open there. */
export async function removeSlots(stateDirectory: string): Promise<void> {
  for (const name of ['slots', 'slot-records', 'setup-images', 'agent-packs']) {
    await removePath(join(stateDirectory, name), join(stateDirectory, `${name}-trash`))
  }
}

const DEFAULT_SLOTS = 2

async function openProofSlots(
  options: OpenTreesOptions,
  directories: { readonly slots: string; readonly records: string },
): Promise<ProofSlot[]> {
  const count = Math.max(1, options.proofSlots ?? DEFAULT_SLOTS)
  const slots = Array.from({ length: count }, (_, index) => {
    const name = `proof_${index + 1}`
    return new ProofSlot({
      git: options.git,
      clock: options.clock,
      place: slotPlace(directories.slots, name),
      recordFile: join(directories.records, `${name}.json`),
      included: options.included ?? NOTHING_INCLUDED,
      dependenciesAreReadOnly: options.dependenciesAreReadOnly ?? false,
    })
  })
  await Promise.all(slots.map((slot) => slot.begin()))
  return slots
}
