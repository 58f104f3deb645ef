import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { showNowhere } from '../../src/git/heads-on-disk.ts'
import { tempRepo } from '../support/temp-repo.ts'

it('a branch is certainly checked out nowhere only where HEAD names another one, letter by letter', async () => {
  const gitDir = join(tempRepo({ a: 'a' }).root, '.git')
  const head = (text: string): void => writeFileSync(join(gitDir, 'HEAD'), text)
  head('ref: refs/heads/other\n')
  expect(await showNowhere(gitDir, 'refs/heads/main')).toBe(true)
  // Git takes no notice of white space at the end.
  for (const text of ['main\n', 'main \n', 'main\r\n', 'main\t\n']) {
    head(`ref: refs/heads/${text}`)
    expect(await showNowhere(gitDir, 'refs/heads/main'), JSON.stringify(text)).toBe(false)
  }
})
