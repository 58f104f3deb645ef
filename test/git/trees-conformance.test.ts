import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { treesConformance } from '../conformance/trees.ts'
import { openTempTrees } from '../support/open-temp-trees.ts'
import { tempRepo } from '../support/temp-repo.ts'

treesConformance('slots', async (files) => {
  const { git, trees } = await openTempTrees(tempRepo(files, { branch: 'main' }))
  return {
    git,
    trees,
    textsIn: (directory) =>
      Object.fromEntries(
        readdirSync(directory, { recursive: true, encoding: 'utf8' })
          .filter(
            (path) =>
              path !== '.git' && !path.startsWith('.git/') && statSync(join(directory, path)).isFile(),
          )
          .map((path) => [path, readFileSync(join(directory, path), 'utf8')]),
      ),
    write: (directory, path, text) => {
      const at = join(directory, path)
      if (text === null) return rmSync(at)
      mkdirSync(dirname(at), { recursive: true })
      writeFileSync(at, text)
    },
  }
})
