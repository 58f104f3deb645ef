import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileNamesIn } from '../../src/git/file-names.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { cliSample, expectError, numberTask } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { sayMissing } from '../support/missing-tool.ts'

const DISK_BYTES = 200 * 1024 * 1024

/** Mounts a file system that takes no notice of letter case; null where this machine cannot. */
function foldingDisk(): string | null {
  const place = mkdtempSync(join(tmpdir(), 'tdd-folding-'))
  const [image, mount] = [join(place, 'image'), join(place, 'mount')]
  writeFileSync(image, '')
  truncateSync(image, DISK_BYTES)
  mkdirSync(mount)
  const done = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0
  const isMounted =
    done('mkntfs', '-F', '-Q', image) && done('lowntfs-3g', '-o', 'ignore_case,permissions', image, mount)
  onTestFinished(() => {
    if (isMounted) done('umount', mount)
    rmSync(place, { recursive: true, force: true })
  })
  if (isMounted) return mount
  const get = 'apt-get install ntfs-3g, as root and with /dev/fuse'
  sayMissing({ tool: 'lowntfs-3g', untested: 'a file system without letter case', get })
  return null
}

it('a usual file system keeps names as they are, and apart', async () => {
  const place = mkdtempSync(join(tmpdir(), 'tdd-names-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  expect(await fileNamesIn(place, systemClock)).toEqual({ keeps: true, folds: process.platform === 'darwin' })
})

describe.runIf(DRILL)('a file system without letter case', () => {
  it('is known as that, and no run begins with its trees there', async ({ skip }) => {
    const mount = foldingDisk() ?? skip()
    expect(await fileNamesIn(mount, systemClock)).toMatchObject({ folds: true })
    const sample = cliSample()
    const env = { ...sample.env, TDD_STATE_DIRECTORY: mount, TDD_DB: sample.beside('store.db', '') }
    const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
    await sample.cli(['ingest', sample.beside('plan.json', plan)], { env })
    const session = sample.beside('s.session.json', { version: 1, tasks: {} })
    const end = await sample.json(['run', '--agent', 'scripted', '--session', session], { env })
    expectError(end, { code: 'state_unusable', says: /file system of .*names.*\n.*TDD_STATE_DIRECTORY/s })
  })
})
