import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeFiles } from './support/temp-repo.ts'
import { DRILL } from './support/drill.ts'

const ROOT = resolve(import.meta.dirname, '..')

describe('the build of dist', () => {
  it.runIf(DRILL)('leaves a running program what it loads later, for one build', () => {
    const project = smallProject()
    build(project)
    const [first = ''] = chunks(project)
    expect(said(project)).toBe('one')
    say(project, 'two')
    build(project)
    expect(said(project)).toBe('two')
    expect(chunks(project)).toHaveLength(2)
    expect(chunks(project)).toContain(first)
    say(project, 'three')
    build(project)
    expect(said(project)).toBe('three')
    expect(chunks(project)).toHaveLength(2)
    expect(chunks(project)).not.toContain(first)
  })

  it('comes to the same files of the same sources, removes what another left behind, and breaks nothing where it fails', () => {
    const project = smallProject()
    build(project)
    const files = built(project)
    mkdirSync(join(project, 'dist', `.next-${deadPid()}`))
    build(project)
    expect(built(project)).toEqual(files)
    writeFiles(project, { 'src/said.ts': "export { said } from './gone.ts'\n" })
    expect(run(project).status).not.toBe(0)
    expect(built(project)).toEqual(files)
    expect(said(project)).toBe('one')
  })

  it.runIf(DRILL)(
    'leaves nothing that it does not make, and with --alone nothing of the build before',
    () => {
      const project = smallProject()
      build(project)
      const first = chunks(project)
      say(project, 'two')
      writeFiles(project, { 'dist/old-top.js': '', 'dist/gone/deep/old.js': '' })
      build(project)
      const files = built(project)
      expect(files).not.toContain('old-top.js')
      expect(files).not.toContain('gone')
      expect(files).toEqual(expect.arrayContaining(first.map((name) => join('chunks', name))))
      build(project, '--alone')
      expect(built(project)).toEqual(files.filter((file) => !first.some((name) => file.endsWith(name))))
      expect(said(project)).toBe('two')
    },
  )

  it('is done by no script of a person before the dependencies and the right Node are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const builds = Object.entries(scripts).filter(
      ([name, line]) => /build\.mjs|:run/.test(line) && !name.endsWith(':run'),
    )
    expect(builds.map(([name]) => name)).toEqual(expect.arrayContaining(['build', 'test', 'prepack']))
    expect(builds.filter(([, line]) => !line.startsWith('node scripts/ready.mjs && '))).toEqual([])
  })

  it('is done anew where a package is newer or a source is gone, and only then', () => {
    const project = smallProject()
    writeFiles(project, { 'src/unused.md': '' })
    build(project)
    expect(isStale(project)).toBe(false)
    utimesSync(join(project, 'package-lock.json'), new Date(), new Date())
    expect(isStale(project)).toBe(true)
    expect(isStale(project)).toBe(false)
    rmSync(join(project, 'src/unused.md'))
    expect(isStale(project)).toBe(true)
  })
})

/** The four entries, one of which loads a module only when it runs. */
function smallProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'build-'))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  writeFiles(project, {
    'package-lock.json': '{}\n',
    'src/cli/main.ts': "const { said } = await import('../said.ts')\nprocess.stdout.write(said)\n",
    'src/index.ts': "export const loaded = 'later'\n",
    'src/store/sqlite-thread.ts': 'export {}\n',
    'src/agents/scripted-player.ts': 'export {}\n',
    'src/agents/tool-server.ts': 'export {}\n',
  })
  say(project, 'one')
  mkdirSync(join(project, 'scripts'))
  const copied = [
    'scripts/build.mjs',
    'scripts/bundle-options.ts',
    'tsconfig.json',
    'tsconfig.build.json',
    'LICENSE',
  ]
  for (const file of copied) copyFileSync(join(ROOT, file), join(project, file))
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  return project
}

function say(project: string, word: string): void {
  writeFiles(project, { 'src/said.ts': `export const said = '${word}'\n` })
}

function build(project: string, ...flags: readonly string[]): void {
  const { status, stderr } = run(project, ...flags)
  expect(status, stderr).toBe(0)
}

function isStale(project: string): boolean {
  return run(project, '--if-stale').stderr.includes('Building dist.')
}

function run(project: string, ...flags: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['scripts/build.mjs', ...flags], { cwd: project, encoding: 'utf8' })
}

function said(project: string): string {
  return spawnSync(process.execPath, ['dist/cli/main.js'], { cwd: project, encoding: 'utf8' }).stdout
}

function chunks(project: string): readonly string[] {
  return readdirSync(join(project, 'dist', 'chunks')).filter((name) => name.startsWith('said-'))
}

function built(project: string): readonly string[] {
  const files = readdirSync(join(project, 'dist'), { recursive: true, encoding: 'utf8' })
  return files.toSorted((one, other) => one.localeCompare(other))
}

function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid
}
