import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SetupImages } from '../src/git/setup-images.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { type Figure, median } from './figure.ts'

const ROOT = join(import.meta.dirname, '..')
const COPIES = 5

/** What a slot costs that gets a copy of what setup left in another one, with this project's own packages. */
export async function setupFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-setup-'))
  try {
    const images = new SetupImages({
      directory: join(directory, 'images'),
      clock: systemClock,
      onUnfit: (reason) => {
        throw new Error(reason)
      },
    })
    const first = await setUp(images, join(directory, 'slots', 'first'))
    const copies: number[] = []
    for (let slot = 0; slot < COPIES; slot += 1)
      copies.push((await setUp(images, join(directory, 'slots', String(slot)))).allMs)
    const anchor = { anchor: 'npm ci, ms', theirs: Math.round(first.installMs) }
    const ratioOfCopy = median(copies) / first.installMs
    const keepMs = first.allMs - first.installMs
    const ratioOfKeeping = keepMs / first.installMs
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
        name: 'looking through what setup left and keeping a copy of it, once',
        ours: keepMs,
        unit: 'ms',
        ...anchor,
        ratio: ratioOfKeeping,
        goal: '<= 0.5',
        met: ratioOfKeeping <= 0.5,
      },
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function setUp(
  images: SetupImages,
  slot: string,
): Promise<{ readonly allMs: number; readonly installMs: number }> {
  const place = {
    slot: 'slot',
    directory: join(slot, 'tree'),
    home: join(slot, 'home'),
    temp: join(slot, 'tmp'),
  }
  for (const made of [place.directory, place.home, place.temp]) mkdirSync(made, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(ROOT, name), join(place.directory, name))
  let installMs = 0
  const began = performance.now()
  await images.bring({ key: 'bench', tree: 'of this project' }, place, {
    install: () => {
      const env = { ...process.env, HOME: place.home, TMPDIR: place.temp, npm_config_ignore_scripts: 'true' }
      const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: place.directory, env })
      if (installed.status !== 0) throw new Error(`npm ci: ${installed.stderr.toString()}`)
      installMs = performance.now() - began
      return Promise.resolve()
    },
    settle: () => Promise.resolve(['node_modules']),
    keeps: true,
    anew: false,
    signal: new AbortController().signal,
  })
  return { allMs: performance.now() - began, installMs }
}
