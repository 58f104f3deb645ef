import type { TreeId } from '../../src/domain/evidence.ts'
import type { AgentTree, ProofTree, Trees } from '../../src/git/trees.ts'
import type { Door } from './git.ts'
import type { SimulatedRepository } from './repository.ts'

/** Slots of one process, in memory; an agent finds the files of its slot by the directory that it is told. */
export class SimulatedTrees implements Trees {
  readonly #repository: SimulatedRepository
  readonly #door: Door
  /** Texts by path, by directory. */
  readonly files = new Map<string, Map<string, string>>()
  #made = 0

  constructor(repository: SimulatedRepository, door: Door) {
    this.#repository = repository
    this.#door = door
  }

  async agentTree({ tree }: Parameters<Trees['agentTree']>[0]): Promise<AgentTree> {
    const slot = this.#place('agent')
    await this.#door('trees.agent', () => this.files.set(slot.directory, this.#textsOf(tree)))
    return {
      ...slot,
      read: () =>
        this.#door('trees.read', () => ({ kind: 'tree', tree: this.#treeOf(tree, slot.directory) })),
      clear: () => this.#door('trees.clear', () => this.files.get(slot.directory)?.clear()),
      [Symbol.asyncDispose]: async () => void this.files.delete(slot.directory),
    }
  }

  prepare(): void {
    // It only spares time.
  }

  async proofTree({ tree, setupKey }: Parameters<Trees['proofTree']>[0]): Promise<ProofTree> {
    const slot = this.#place('proof')
    await this.#door('trees.proof', () => this.files.set(slot.directory, this.#textsOf(tree)))
    return {
      ...slot,
      preparedFor: setupKey,
      dependencyDirectories: () => [],
      isInstalled: () => false,
      prepared: () => Promise.resolve(),
      isGuarded: true,
      guarded: () => Promise.resolve(),
      fill: (other) =>
        this.#door('trees.fill', () => void this.files.set(slot.directory, this.#textsOf(other))),
      clear: (other) =>
        this.#door('trees.clear', () => void this.files.set(slot.directory, this.#textsOf(other))),
      [Symbol.asyncDispose]: async () => void this.files.delete(slot.directory),
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #place(kind: string) {
    this.#made += 1
    const slot = `/slots/${kind}_${this.#made}`
    return {
      slot,
      directory: `${slot}/tree`,
      home: `${slot}/home`,
      temp: `${slot}/tmp`,
      reports: `${slot}/reports`,
    }
  }

  #textsOf(tree: TreeId): Map<string, string> {
    const files = this.#repository.files(tree)
    return new Map([...files].map(([path, { id }]) => [path, this.#repository.blob(id).toString('utf8')]))
  }

  #treeOf(base: TreeId, directory: string): TreeId {
    const texts = this.files.get(directory) ?? new Map<string, string>()
    const gone = [...this.#repository.files(base).keys()].filter((path) => !texts.has(path))
    return this.#repository.compose(
      base,
      new Map([
        ...gone.map((path) => [path, null] as const),
        ...[...texts].map(([path, text]) => [path, { mode: '100644', content: Buffer.from(text) }] as const),
      ]),
    )
  }
}
