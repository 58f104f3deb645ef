import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CliSample, cliSample, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'

/** What ingest and run say of a repository; nothing of either may have begun. */
async function refused(sample: CliSample, spoil: (sample: CliSample) => void): Promise<string> {
  const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
  const file = sample.beside('plan.json', plan)
  const session = { red: [[numberTest('double')]], red_fix: [], green: [[numberSource('double')]], fix: [] }
  const played = sample.beside('s.session.json', { version: 1, tasks: { 'DOUBLE-1': session } })
  spoil(sample)
  const handedIn = await sample.cli(['ingest', file])
  if (handedIn.code !== 0) return handedIn.stderr
  const { code, stderr } = await sample.cli(['run', '--agent', 'scripted', '--session', played])
  expect(code, stderr).toBe(70)
  expect(stderr).not.toContain('RED')
  expect(stderr).toContain('Nothing was started.')
  return stderr
}

function objectOf({ repo }: CliSample, name: string): { readonly id: string; readonly file: string } {
  const id = repo.git('rev-parse', name)
  const file = join(repo.root, '.git', 'objects', id.slice(0, 2), id.slice(2))
  chmodSync(file, 0o600)
  return { id, file }
}

function pack({ repo }: CliSample): string {
  repo.git('repack', '-adq')
  const packs = join(repo.root, '.git', 'objects', 'pack')
  const file = join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '')
  chmodSync(file, 0o600)
  return file
}

describe.runIf(DRILL)('a repository with objects that are gone or damaged', () => {
  for (const [what, name] of [
    ['a file', 'HEAD:src/add.js'],
    ['a directory', 'HEAD:src'],
    ['the commit', 'HEAD'],
  ] as const)
    it(`is told at the start: ${what} is gone`, async () => {
      const sample = cliSample()
      const { id, file } = objectOf(sample, name)
      const said = await refused(sample, () => rmSync(file))
      expect(said).toContain(id)
      expect(said).toContain('git fsck')
    })

  it('is told at the start: a file is cut off', async () => {
    const sample = cliSample()
    const { id, file } = objectOf(sample, 'HEAD:src/add.js')
    const said = await refused(sample, () => truncateSync(file, 20))
    expect(said).toContain(id)
    expect(said).toContain('git fsck')
  })

  it('is told at the start: a pack is cut off', async () => {
    const sample = cliSample()
    const file = pack(sample)
    const said = await refused(sample, () => truncateSync(file, 100))
    expect(said).toContain(sample.repo.root)
    expect(said).toContain('git fsck')
  })

  it('is told at the start: a partial clone whose remote is out of reach', async () => {
    const sample = cliSample()
    const { repo } = sample
    const id = repo.git('rev-parse', 'HEAD:package.json')
    const said = await refused(sample, () => {
      const [origin, gone] = [`${repo.root}-origin`, `${repo.root}-gone`]
      renameSync(repo.root, origin)
      const git = (...args: string[]) => execFileSync('git', args, { env: repo.env, stdio: 'pipe' })
      git('-C', origin, 'config', 'uploadpack.allowFilter', 'true')
      git('clone', '-q', '--no-checkout', '--filter=blob:none', `file://${origin}`, repo.root)
      renameSync(origin, gone)
    })
    expect(said).toContain(id)
    expect(said).toContain('git fetch --refetch --no-filter')
  })
})
