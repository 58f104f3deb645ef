import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Git } from '../src/git/git.ts'
import { openGit } from '../src/git/open.ts'
import { SetupImages } from '../src/git/setup-images.ts'
import type { SlotDirectories } from '../src/git/trees.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { createExec } from '../src/runtime/exec-open.ts'
import { type Figure, median } from './figure.ts'

const ROOT = join(import.meta.dirname, '..')
const COPIES = 5

/** What a slot costs that gets a copy of what setup left, with this project's own packages. */
export async function setupFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-setup-'))
  const git = await openProject(directory)
  try {
    const images = new SetupImages({
      git,
      directory: join(directory, 'images'),
      clock: systemClock,
      onUnfit: (reason) => {
        throw new Error(reason)
      },
    })
    const head = await git.resolve('HEAD')
    const { tree } = await git.readCommit(head ?? '')
    const copy = (slot: string) => copyTo(images, join(directory, 'slots', slot), tree)
    const first = await copy('first')
    const copies: number[] = []
    for (let slot = 0; slot < COPIES; slot += 1) copies.push((await copy(String(slot))).allMs)
    const anchor = { anchor: 'npm ci, ms', theirs: Math.round(first.installMs) }
    const ratioOfCopy = median(copies) / first.installMs
    const beyondMs = first.allMs - first.installMs
    const ratioOfFirst = beyondMs / first.installMs
    return [
      {
        name: `a further slot, median of ${COPIES}`,
        ours: median(copies),
        unit: 'ms',
        ...anchor,
        ratio: ratioOfCopy,
        goal: '<= 0.25',
        met: ratioOfCopy <= 0.25,
      },
      {
        name: 'beyond npm ci in the first slot: looking through what it left, and a copy of it',
        ours: beyondMs,
        unit: 'ms',
        ...anchor,
        ratio: ratioOfFirst,
        goal: '<= 0.5',
        met: ratioOfFirst <= 0.5,
      },
    ]
  } finally {
    await git.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A repository with the manifest and the lockfile of this project. */
async function openProject(directory: string): Promise<Git> {
  const root = join(directory, 'project')
  mkdirSync(root)
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(ROOT, name), join(root, name))
  const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...person, 'commit', '-q', '-m', 'Begin'],
  ])
    execFileSync('git', args, { cwd: root })
  return await openGit({
    directory: root,
    stateDirectory: join(directory, 'state'),
    exec: createExec({ ownerId: 'bench' }),
    env: process.env,
    clock: systemClock,
  })
}

async function copyTo(
  images: SetupImages,
  slot: string,
  tree: string,
): Promise<{ readonly allMs: number; readonly installMs: number }> {
  const place = {
    slot: 'slot',
    directory: join(slot, 'tree'),
    home: join(slot, 'home'),
    temp: join(slot, 'tmp'),
  }
  for (const made of [place.directory, place.home, place.temp]) mkdirSync(made, { recursive: true })
  let installMs = 0
  const began = performance.now()
  const install = ({ directory: cwd, home, temp }: SlotDirectories): Promise<void> => {
    const start = performance.now()
    const env = { ...process.env, HOME: home, TMPDIR: temp, npm_config_ignore_scripts: 'true' }
    const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd, env })
    if (installed.status !== 0) throw new Error(`npm ci: ${installed.stderr.toString()}`)
    installMs = performance.now() - start
    return Promise.resolve()
  }
  const isCopied = await images.copyTo(
    place,
    { key: 'bench', tree },
    { install, signal: new AbortController().signal },
  )
  if (!isCopied) throw new Error('the slot got no copy')
  return { allMs: performance.now() - began, installMs }
}
