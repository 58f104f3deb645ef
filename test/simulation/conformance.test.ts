import { gitConformance } from '../conformance/git.ts'
import { storeConformance } from '../conformance/store.ts'
import { treesConformance } from '../conformance/trees.ts'
import { verifierConformance } from '../conformance/verifier.ts'
import { Faults } from './faults.ts'
import { type Door, simulatedGit } from './git.ts'
import { testLine } from './language.ts'
import { SimulatedRepository } from './repository.ts'
import { commitFiles, SUITE, taskOf } from './scenario.ts'
import { Scheduler } from './scheduler.ts'
import { openSimulatedStore, SimulatedDisk } from './store.ts'
import { SimulatedTrees } from './trees.ts'
import { simulatedVerifier } from './verify.ts'

/** Every call has its effect at once. */
const atOnce: Door = async (_, effect) => effect()

function repositoryOf(files: Readonly<Record<string, string>>): SimulatedRepository {
  const repository = new SimulatedRepository()
  const base = commitFiles(repository, null, files)
  repository.refs.set('refs/heads/main', base)
  repository.refs.set('HEAD', base)
  return repository
}

gitConformance('the git of the simulation', async (files) => {
  const repository = repositoryOf(files)
  return {
    git: simulatedGit(repository, atOnce),
    move: async (branch, to) => {
      if (to === null) repository.refs.delete(`refs/heads/${branch}`)
      else repository.refs.set(`refs/heads/${branch}`, to)
    },
    commitOn: async (branch, changes) => {
      const ref = `refs/heads/${branch}`
      const made = commitFiles(repository, repository.refs.get(ref) ?? null, changes)
      repository.refs.set(ref, made)
      return made
    },
    checkOut: async (branch) => void repository.workTrees.set(branch, '/elsewhere'),
  }
})

treesConformance('the slots of the simulation', async (files) => {
  const repository = repositoryOf(files)
  const trees = new SimulatedTrees(repository, atOnce)
  const filesIn = (directory: string): Map<string, string> => trees.files.get(directory) ?? new Map()
  return {
    git: simulatedGit(repository, atOnce),
    trees,
    textsIn: (directory) => Object.fromEntries(filesIn(directory)),
    write: (directory, path, text) => {
      if (text === null) filesIn(directory).delete(path)
      else filesIn(directory).set(path, text)
    },
  }
})

verifierConformance('the verifier of the simulation', () => {
  const repository = new SimulatedRepository()
  return {
    verifier: simulatedVerifier(repository, () => Promise.resolve()),
    suite: SUITE,
    task: taskOf('T1', { dependsOn: [], shared: [] }),
    tree: async (files) => repository.commit(commitFiles(repository, null, files)).tree,
    testFile: (name, tests) => ({ [`test/${name}.test`]: tests.map(testLine).join('') }),
  }
})

let disks = 0
const CALM = { diskFails: 0, diskFills: 0, slowestCommitMs: 0 }

storeConformance('the store of the simulation', async () => {
  const scheduler = new Scheduler(1)
  disks += 1
  const disk = new SimulatedDisk(`conformance${disks}`, scheduler.now)
  const process = { name: 'p1', alive: true, stoppedUntil: 0 }
  const faults = new Faults(scheduler, new Set())
  const opening = openSimulatedStore(
    { disk, scheduler, process, faults, weather: CALM },
    {
      owner: { host: 'simulated', bootId: 'boot', pid: 1, processStart: '1' },
      isDead: () => false,
      passing: false,
    },
  )
  const ended = { isDone: false }
  const running = scheduler.run(
    { isDone: () => ended.isDone, onStep: () => undefined, mostSteps: Infinity },
    { before: () => undefined },
  )
  const store = await opening
  if (store === null) throw new Error('somebody else has it')
  return {
    store,
    close: async () => {
      ended.isDone = true
      await running
      disk[Symbol.dispose]()
    },
  }
})
