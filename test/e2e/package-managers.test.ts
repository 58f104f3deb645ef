import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openBench } from '../../src/engine/open.ts'
import { freshEvidence, openLaboratory, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { Meter } from '../../src/engine/meter.ts'
import { tryTree } from '../../src/engine/try-tree.ts'
import { DRILL } from '../support/drill.ts'
import { tempRepo, type TempRepo } from '../support/temp-repo.ts'
import { nodeModulesWith, pathWithThisNode } from '../support/tools.ts'

/** Two packages of a workspace, one of which needs the other by its name. Nothing comes from a registry. */
const workspace = (of: string, postinstall: string): Record<string, string> => ({
  '.gitignore': 'node_modules\n',
  'packages/one/package.json': `{ "name": "@sample/one", "version": "1.0.0", "type": "module", "main": "src/index.js" }\n`,
  'packages/one/src/index.js': 'export const one = () => 1\n',
  'packages/two/package.json': `{ "name": "@sample/two", "version": "1.0.0", "type": "module", "scripts": { "test": "node --test"${postinstall} }, "dependencies": { "@sample/one": "${of}" } }\n`,
  'packages/two/src/index.js': "import { one } from '@sample/one'\nexport const two = () => one() + 1\n",
  'packages/two/test/two.test.js': `import test from 'node:test'
import assert from 'node:assert/strict'
import { two } from '../src/index.js'
test('is two', () => assert.equal(two(), 2))
`,
})

const POSTINSTALL = `, "postinstall": "node -e \\"fs.mkdirSync('node_modules',{recursive:true});fs.writeFileSync('node_modules/script-ran','')\\""`

interface Manager {
  readonly name: string
  readonly tool: 'pnpm' | 'yarn' | null
  readonly of: string
  readonly root: Readonly<Record<string, string>>
  readonly lock: readonly [string, ...string[]]
  /** Whether what it installs is the same in every slot. */
  readonly copied: boolean
}

const ROOT = '{ "name": "root", "private": true, "workspaces": ["packages/*"] }\n'
const MANAGERS: readonly Manager[] = [
  {
    name: 'npm',
    tool: null,
    of: '*',
    root: { 'package.json': ROOT },
    lock: ['npm', 'install', '--package-lock-only', '--offline'],
    copied: true,
  },
  {
    name: 'pnpm',
    tool: 'pnpm',
    of: 'workspace:*',
    root: {
      'package.json': '{ "name": "root", "private": true }\n',
      'pnpm-workspace.yaml': 'packages: ["packages/*"]\n',
    },
    lock: ['pnpm', 'install', '--lockfile-only', '--offline'],
    copied: false,
  },
  {
    name: 'yarn 1',
    tool: 'yarn',
    of: '1.0.0',
    root: { 'package.json': ROOT },
    lock: ['yarn', 'install', '--offline', '--ignore-scripts'],
    copied: true,
  },
]

describe.each(DRILL ? MANAGERS : MANAGERS.slice(0, 2))('a workspace of $name', (manager) => {
  it('is set up in a fresh tree whose tests see its own sources', async () => {
    const made = workspaceRepo(manager)
    if (made === null) return
    await using bench = await openBench({ directory: made.repo.root, env: made.env, flags: {} })
    const signal = new AbortController().signal
    const { findings, trees } = await tryTree(bench, { signal, onSuite: () => undefined })
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(trees).toMatchObject([
      {
        suite: 'two',
        tests: 1,
        noticed: true,
        setupMs: expect.any(Number) as number,
        setupCopied: manager.copied,
      },
    ])
  })

  it('runs scripts of its packages only while its manifests are those of people', async () => {
    const made = workspaceRepo(manager, POSTINSTALL)
    if (made === null) return
    await using bench = await openBench({ directory: made.repo.root, env: made.env, flags: {} })
    const { workshop, suites } = bench
    const [suite] = suites
    const people = workshop.setupTrust.tree
    if (suite === undefined || people === null) throw new Error('the sample has a suite and a commit')
    const laboratory = openLaboratory(workshop, {
      meter: new Meter(workshop.clock),
      rank: VERIFICATION_RANK.stage,
      signal: new AbortController().signal,
      memory: freshEvidence(),
    })
    const manifest = (await laboratory.read(people, 'packages/two/package.json')) ?? ''
    const theirs = await laboratory.compose(
      people,
      new Map([
        ['packages/two/package.json', manifest.replace('"1.0.0"', '"1.0.0", "description": "changed"')],
      ]),
    )
    const ran = (tree: string): Promise<boolean> =>
      laboratory.within({ suite, tree }, (place) =>
        Promise.resolve(existsSync(join(place.directory, 'packages/two/node_modules/script-ran'))),
      )
    expect(await ran(people)).toBe(true)
    expect(await ran(theirs)).toBe(false)
  })
})

/** A repository with the lockfile that the tool itself writes; null where the tool is not there. */
function workspaceRepo(
  { tool, of, root, lock }: Manager,
  postinstall = '',
): {
  readonly repo: TempRepo
  readonly env: Readonly<Record<string, string>>
} | null {
  const modules = tool === null ? null : nodeModulesWith(tool)
  if (tool !== null && modules === null) return null
  const repo = tempRepo({ ...workspace(of, postinstall), ...root })
  const bin = modules === null ? '' : `${join(modules, '.bin')}:`
  const env = { ...repo.env, PATH: `${bin}${pathWithThisNode()}`, XDG_STATE_HOME: repo.state }
  const [program, ...args] = lock
  const made = spawnSync(program, args, { cwd: repo.root, env, encoding: 'utf8', timeout: 60_000 })
  if (made.status !== 0) throw new Error(`${lock.join(' ')}: ${made.stdout}${made.stderr}`)
  repo.commit({})
  return { repo, env }
}
