import { expect, it } from 'vitest'
import { mayLeadOut } from './leads-out.ts'

it.each<[string, string, boolean]>([
  ['src/a.js', 'b.js', false],
  ['src/a.js', '../lib/b.js', false],
  ['src/a.js', '..//./lib/b.js', false],
  ['src/a.js', '../link/../b.js', true],
  ['src/a.js', '../link/b.js', false],
  ['src/a.js', '../..', true],
  ['src/a.js', '../../elsewhere', true],
  ['a.js', '..', true],
  ['src/a.js', '..', false],
  ['src/a.js', '/etc/passwd', true],
  ['src/a.js', '../.git/config', true],
  ['src/a.js', '../.GIT./config', true],
])('a link at %s to %s may lead out: %j', (path, target, out) => {
  expect(mayLeadOut(path, target)).toBe(out)
})
