import { expect, it } from 'vitest'
import { linksOut, textOfPlace } from './links-out.ts'
import { pathKey } from './path-key.ts'

const exactly = (name: string): string => name

function outOf(
  links: Readonly<Record<string, string>>,
  keyOf: (name: string) => string = exactly,
): Record<string, string> {
  const walk = linksOut(new Map(Object.entries(links)), keyOf)
  for (;;) {
    const { done, value } = walk.next()
    if (done === true)
      return Object.fromEntries([...value].map(([path, place]) => [path, textOfPlace(place)]))
  }
}

/** How often others got their turn. */
function turnsOf(links: ReadonlyMap<string, string>): number {
  return [...linksOut(links, exactly)].length
}

it.each<[string, string, string | null]>([
  ['src/a.js', 'b.js', null],
  ['src/a.js', '../lib/b.js', null],
  ['src/a.js', '.././/lib/../b.js', null],
  ['src/a.js', '..', null],
  ['src/a.js', '../..', '..'],
  ['src/a.js', '../../elsewhere', '../elsewhere'],
  ['a.js', '..', '..'],
  ['src/a.js', 'deep/../../../x', '../x'],
  ['src/a.js', '../../repository/src/b.js', '../repository/src/b.js'],
  ['src/a.js', '/etc/passwd', '/etc/passwd'],
  ['src/a.js', '/', '/'],
  ['src/a.js', '../.git/config', '.git/config'],
  ['src/a.js', '../.git', '.git'],
  ['src/a.js', '../.GIT/config', '.GIT/config'],
  ['src/a.js', '../git~1/config', 'git~1/config'],
  ['src/a.js', '../.git. ./config', '.git. ./config'],
  ['src/a.js', '../.g\u200cit/config', '.g\u200cit/config'],
  ['src/a.js', '../.git/../b.js', '.git/../b.js'],
  ['src/a.js', '../.github/workflows', null],
])('a link at %s to %s leads out to %j', (path, target, place) => {
  expect(outOf({ [path]: target })).toEqual(place === null ? {} : { [path]: place })
})

it('follows the links on the way, and goes up from where they lead', () => {
  expect(outOf({ 'p/L': 'd/../../README.md' })).toEqual({})
  expect(outOf({ 'p/L': 'd/../../README.md', 'p/d': '..' })).toEqual({ 'p/L': '../../README.md' })
  expect(outOf({ 'p/L': 'd/../../README.md', 'p/d': '../q/r/s' })).toEqual({})
})

it('tells where a way goes on that passes a link which leads out', () => {
  expect(outOf({ out: '../shared', x: 'out/secret', 'a/y': '../x/deeper/..' })).toEqual({
    out: '../shared',
    x: '../shared/secret',
    'a/y': '../shared/secret/deeper/..',
  })
})

it('tells places apart that links of the same text lead to from different folders', () => {
  expect(outOf({ 'a/b/L': '../../../shared/x', L: '../../../shared/x' })).toEqual({
    'a/b/L': '../shared/x',
    L: '../../../shared/x',
  })
})

it('takes a ring of links for what leads nowhere', () => {
  expect(outOf({ self: 'self', a: 'b/../..', b: 'c', c: 'a', through: 'c/../../..' })).toEqual({})
})

it('follows a chain however long it is', () => {
  const chain = (length: number): Map<string, string> =>
    new Map(Array.from({ length }, (_, at) => [`l${at}`, at === length - 1 ? '/end' : `l${at + 1}`]))
  expect(outOf(Object.fromEntries(chain(30_000)))['l0']).toBe('/end')
})

it('finds a link by another letter case where a file system ignores it', () => {
  const links = { 'p/L': 'D/../../README.md', 'p/d': '..' }
  expect(outOf(links)).toEqual({})
  expect(outOf(links, pathKey)).toEqual({ 'p/L': '../../README.md' })
})

it('costs twice as much for twice as many links, though each leads through all that come after it', () => {
  const chain = (length: number): Map<string, string> =>
    new Map(Array.from({ length }, (_, at) => [`l${at}`, at === length - 1 ? 'x' : `l${at + 1}/x/..`]))
  const [one, two] = [turnsOf(chain(10_000)), turnsOf(chain(20_000))]
  expect(two).toBeGreaterThan(one)
  expect(two).toBeLessThanOrEqual(2 * one + 1)
})

it('cuts a place that no file system takes', () => {
  const name = 'x'.repeat(200)
  const links = Object.fromEntries(
    Array.from({ length: 500 }, (_, at) => [`l${at}`, at === 0 ? '/y' : `l${at - 1}/${name}`]),
  )
  const places = Object.values(outOf(links))
  expect(places).toHaveLength(500)
  expect(Math.max(...places.map(({ length }) => length))).toBeLessThan(5_000)
})
