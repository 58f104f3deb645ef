import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

interface Manifest {
  readonly version?: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const manifest = readManifest(join(ROOT, 'package.json'))

describe('docs/dependencies.md', () => {
  it.each([
    ['package.json installs', ['At run time'], manifest.dependencies],
    ['only this checkout needs', ['In the bundle', 'For development'], manifest.devDependencies],
  ])('names every dependency that %s with its version', (_, headings, wanted) => {
    const rows = headings.flatMap(rowsUnder)
    expect(Object.fromEntries(rows.map(({ name, version }) => [name, version]))).toEqual(wanted)
  })

  it('names those in the bundle whose licences dist holds', () => {
    const held = readFileSync(join(ROOT, 'dist/THIRD-PARTY.txt'), 'utf8')
    for (const { name, version } of rowsUnder('In the bundle')) expect(held).toContain(`${name} ${version} (`)
  })

  it('names the licence that each package has, and fills in every cell', () => {
    const rows = ['At run time', 'In the bundle', 'For development'].flatMap(rowsUnder)
    const wrong = rows.flatMap(({ name, licence, cells }) => {
      const installed = readManifest(join(ROOT, 'node_modules', name, 'package.json')).license
      return installed === licence && cells.every((cell) => cell !== '') ? [] : [`${name}: ${installed}`]
    })
    expect(wrong).toEqual([])
  })

  it.each([
    ['', 'package-lock.json'],
    [' that the bench installs', 'bench/peers/package-lock.json'],
  ])(
    'locks the packages%s for every platform, so that npm ci works on each (scripts/complete-lock.mjs)',
    (_, lock) => {
      const { packages } = JSON.parse(readFileSync(join(ROOT, lock), 'utf8')) as {
        packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>
      }
      const entries = Object.values(packages)
      const wanted = entries.flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      expect(wanted.filter((name) => !(`node_modules/${name}` in packages))).toEqual([])
      expect(entries.filter(({ resolved }) => resolved !== undefined)).toEqual([])
    },
  )
})

function rowsUnder(heading: string) {
  const page = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8')
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
      const [name = '', version = '', licence = ''] = cells
      return { name: name.replaceAll('`', ''), version, licence, cells }
    })
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest
}
