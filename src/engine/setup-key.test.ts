import { expect, it } from 'vitest'
import { setupFiles } from './setup-key.ts'

it('what a package manager reads decides a setup, wherever it stands', () => {
  const deciding = [
    '.nvmrc',
    'api/requirements-dev.in',
    'package.json',
    'packages/a/package.json',
    'pdm.lock',
  ]
  expect(setupFiles(['src/index.js', ...deciding, 'tsconfig.json', 'README.md'])).toEqual(deciding)
})
