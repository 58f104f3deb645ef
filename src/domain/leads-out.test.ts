import { expect, it } from 'vitest'
import { leadsOut } from './leads-out.ts'

it.each<[string, string, boolean]>([
  ['src/a.js', 'b.js', false],
  ['src/a.js', '../lib/b.js', false],
  ['src/a.js', '.././/lib/../b.js', false],
  ['src/a.js', '../link/../b.js', true],
  ['src/a.js', '../link/b.js', false],
  ['src/a.js', '../..', true],
  ['src/a.js', '../../elsewhere', true],
  ['a.js', '..', true],
  ['src/a.js', '..', false],
  ['src/a.js', '/etc/passwd', true],
  ['src/a.js', 'deep/../../../x', true],
  ['src/a.js', '../.git/config', true],
])('a link at %s to %s leads out: %j', (path, target, out) => {
  expect(leadsOut(path, target, (other) => other === 'link')).toBe(out)
})
