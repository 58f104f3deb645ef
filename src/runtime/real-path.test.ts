import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { leadsNowhere, realPath } from './real-path.ts'

it.each([
  ['a file in a folder', {}, 'far/inner/x'],
  ['a file in a folder that is not there', {}, 'missing/deeper/x'],
  ['a link to a file', { link: 'far/x' }, 'link'],
  ['a chain of links', { link: 'next', next: 'far/x' }, 'link'],
  ['a link to a folder', { folder: 'far/inner' }, 'folder/x'],
  ['what lies above a folder that a link leads to', { folder: 'far/inner', link: 'folder/../x' }, 'link'],
  ['the same, by its path', { folder: 'far/inner' }, 'folder/../x'],
])('says where a file will be before it is there: %s', (_, links, name) => {
  const root = folderWith(links)
  const path = `${root}/${name}`
  const said = realPath(path)
  if (!name.startsWith('missing')) writeFileSync(path, '')
  expect(said).toBe(name.startsWith('missing') ? path : realpathSync.native(path))
  expect(realPath(path)).toBe(said)
})

it('leaves a circle of links as it is, however long it is', () => {
  const root = folderWith({ self: 'self', one: 'two', two: 'one', long: `${'long/'.repeat(800)}x` })
  for (const name of ['self', 'one', 'long']) expect(realPath(join(root, name))).toBe(join(root, name))
  expect(realPath(join(root, 'one', 'below'))).toBe(join(root, 'one', 'below'))
  expect(realPath('/')).toBe('/')
})

it('follows as many links to nothing as the system does', () => {
  const chain = Object.fromEntries(Array.from({ length: 45 }, (_, at) => [`link${at}`, `link${at + 1}`]))
  const root = folderWith(chain)
  const led = [5, 4].map((at) => realPath(join(root, `link${at}`)))
  expect(led).toEqual([join(root, 'link45'), join(root, 'link4')])
  writeFileSync(join(root, 'link5'), '')
  expect(realpathSync(join(root, 'link5'))).toBe(join(root, 'link45'))
  expect(() => writeFileSync(join(root, 'link4'), '')).toThrow('ELOOP')
})

it('names what is missing below many folders', () => {
  const root = folderWith({ link: 'missing', folder: 'far' })
  const names = 'x/'.repeat(500)
  expect(realPath(`${root}/link/${names}y`)).toBe(`${root}/missing/${names}y`)
  for (const lost of [`${root}/${names}../y`, `${root}/none/../folder/y`]) expect(realPath(lost)).toBe(lost)
})

it('does not follow links to names that are longer than any that can be opened', () => {
  const links = Array.from({ length: 38 }, (_, at) => [`l${at}`, `${'far/../'.repeat(500)}l${at + 1}`])
  const root = folderWith(Object.fromEntries(links))
  mkdirSync(join(root, 'l38'))
  const path = `${root}/l0/${'x/'.repeat(1_900)}y`
  expect(realPath(path)).toBe(path)
})

it('knows a link that leads to nothing', () => {
  const root = folderWith({ lost: 'nothing', found: 'far', self: 'self' })
  writeFileSync(join(root, 'file'), '')
  const names = ['lost', 'found', 'self', 'far', 'nothing', 'file/below']
  const told = names.map((name) => leadsNowhere(join(root, name)))
  expect(told).toEqual([true, false, false, false, false, false])
})

function folderWith(links: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'real-path-')))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'far', 'inner'), { recursive: true })
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name))
  return root
}
