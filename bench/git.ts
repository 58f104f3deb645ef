import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openGit } from '../src/git/open.ts'
import { openTrees } from '../src/git/open-trees.ts'
import { systemClock } from '../src/runtime/clock.ts'
import type { Exec } from '../src/runtime/exec.ts'
import { createExec } from '../src/runtime/exec-open.ts'
import type { Figure } from './figure.ts'
import { landingFigures } from './git-landing.ts'
import { nextAgentFigures } from './git-next-agent.ts'
import { slotFigures } from './git-slots.ts'
import { makeRepository, type RepositorySize, SIZES } from './repository-sizes.ts'

/** What slots and landings cost in a small and in a large repository, against what git itself does in the same place. */
export async function gitFigures(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const size of SIZES) figures.push(...(await figuresOf(size)))
  return figures
}

async function figuresOf(size: RepositorySize): Promise<Figure[]> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'bench-git-')))
  const root = join(directory, 'repository')
  try {
    makeRepository(root, size)
    const handOvers: number[] = []
    const exec = timingHandOvers(createExec({ ownerId: 'bench' }), handOvers)
    const door = { exec, env: process.env, clock: systemClock }
    const stateDirectory = join(directory, 'state')
    const git = await openGit({ ...door, directory: root, stateDirectory })
    const trees = await openTrees({ ...door, git, stateDirectory })
    const place = { directory, root, git, trees, files: size.files, handOvers }
    const figures = [...(await slotFigures(place)), ...(await landingFigures(place))]
    await trees.close()
    await git.close()
    figures.push(...(await nextAgentFigures(size)))
    return figures
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The same door; how long git worked on handing objects over is noted, from when it was asked. */
function timingHandOvers(exec: Exec, handOvers: number[]): Exec {
  return {
    ...exec,
    host: async (command) => {
      let began = performance.now()
      void command.laterStdin?.then(() => {
        began = performance.now()
      })
      const result = await exec.host(command)
      const isHandOver =
        command.argv.includes('unpack-objects') ||
        (command.argv.includes('pack-objects') && command.argv.includes('--stdout'))
      if (isHandOver) handOvers.push(performance.now() - began)
      return result
    },
  }
}
