import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { OrchestratorError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { AgentSlot } from './agent-tree.ts'
import type { Git } from './git.ts'
import { createGitCommand } from './git-command.ts'
import { openPackCache } from './pack-cache.ts'
import { privateGitDir } from './private-repository.ts'
import { ProofSlot } from './proof-slot.ts'
import { ProofSlots } from './proof-slots.ts'
import { removePath } from './remove-path.ts'
import { slotPlace } from './slot-place.ts'
import type { Trees } from './trees.ts'

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
  /** Commands in proof trees cannot write to `dependencyDirectories`, setup excepted. Default false. */
  readonly dependenciesAreReadOnly?: boolean
}

/** Opens the slots of a repository. They stay on disk after `close`, for a warm start. */
export async function openTrees(options: OpenTreesOptions): Promise<Trees> {
  const { git, clock } = options
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
  const proofs = new ProofSlots(git, await openProofSlots(options, { slots, records }))
  const agents = new Map<string, AgentSlot>()
  let closed = false
  return {
    agentTree: async (request) => {
      if (closed) throw new OrchestratorError('interrupted', 'the slots are closed')
      if (PROOF_SLOT.test(request.slot)) {
        throw new OrchestratorError('internal', `${request.slot} is a slot of proofs, not of agents`)
      }
      const slot =
        agents.get(request.slot) ??
        new AgentSlot({ git, packs, clock, place: slotPlace(slots, request.slot) })
      agents.set(request.slot, slot)
      return await slot.lend(request)
    },
    proofTree: (request) => proofs.lend(request),
    close: async () => {
      closed = true
      await proofs.close()
      await Promise.all(Array.from(agents.values(), (slot) => slot.idle()))
      await packs.close()
    },
  }
}

/** Removes everything that `openTrees` put into a state directory. Nothing may be open there. */
export async function removeSlots(stateDirectory: string): Promise<void> {
  for (const name of ['slots', 'slot-records', 'agent-packs']) {
    await removePath(join(stateDirectory, name), join(stateDirectory, `${name}-trash`))
  }
}

const PROOF_SLOT = /^proof_/
const DEFAULT_PROOF_SLOTS = 2

async function openProofSlots(
  options: OpenTreesOptions,
  directories: { readonly slots: string; readonly records: string },
): Promise<ProofSlot[]> {
  const count = Math.max(1, options.proofSlots ?? DEFAULT_PROOF_SLOTS)
  const slots = Array.from({ length: count }, (_, index) => {
    const name = `proof_${index + 1}`
    return new ProofSlot({
      git: options.git,
      clock: options.clock,
      place: slotPlace(directories.slots, name),
      recordFile: join(directories.records, `${name}.json`),
      dependenciesAreReadOnly: options.dependenciesAreReadOnly ?? false,
    })
  })
  await Promise.all(slots.map((slot) => slot.begin()))
  return slots
}
