import { expect, it } from 'vitest'
import { leadsOut } from './leads-out.ts'

it.each<[string, string, boolean]>([
  ['src/a.js', 'b.js', false],
  ['src/a.js', '../lib/b.js', false],
  ['src/a.js', '.././/lib/../b.js', true],
  ['src/a.js', '../..', true],
  ['src/a.js', '../../elsewhere', true],
  ['a.js', '..', true],
  ['src/a.js', '..', false],
  ['src/a.js', '/etc/passwd', true],
  ['src/a.js', 'deep/../../../x', true],
])('a link at %s to %s: %j', (path, target, out) => {
  expect(leadsOut(path, target)).toBe(out)
})
