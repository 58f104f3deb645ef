import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeSlots } from '../../src/git/open-trees.ts'
import type { ProofTree } from '../../src/git/trees.ts'
import { openTempTrees, treeOf } from '../support/open-temp-trees.ts'
import { tempRepo } from '../support/temp-repo.ts'

const FILES = { 'package.json': '{}\n', 'src/a.js': 'a\n', 'packages/x/index.js': 'x\n' }

async function proofs(options: Parameters<typeof openTempTrees>[1] = { proofSlots: 1 }) {
  const repo = tempRepo(FILES)
  const { git, trees } = await openTempTrees(repo, options)
  const tree = await treeOf(git)
  const lend = (setupKey = 'key', of = tree) => trees.proofTree({ tree: of, setupKey })
  return { repo, git, trees, tree, lend }
}

function at(proof: ProofTree, path: string): string {
  return join(proof.directory, path)
}

/** What setup would do. */
async function setUp(proof: ProofTree, key = 'key'): Promise<void> {
  for (const path of ['node_modules/dep/index.js', 'packages/x/node_modules/dep/index.js']) {
    mkdirSync(join(at(proof, path), '..'), { recursive: true })
    writeFileSync(at(proof, path), 'dep\n')
  }
  mkdirSync(join(proof.home, '.cache'), { recursive: true })
  writeFileSync(join(proof.home, '.cache/module'), 'cached\n')
  await proof.prepared(key)
}

describe('a proof tree', () => {
  it('holds exactly the files of its tree, without git, beside empty HOME, TMPDIR and reports', async () => {
    const { lend, repo } = await proofs()
    await using proof = await lend()
    expect(proof.slot).toBe('proof_1')
    expect(proof.directory).toBe(join(repo.state, 'slots/proof_1/tree'))
    expect(readdirSync(proof.directory).sort()).toEqual(['package.json', 'packages', 'src'])
    for (const around of [proof.home, proof.temp, proof.reports]) expect(readdirSync(around)).toEqual([])
    expect(proof.preparedFor).toBe(null)
    expect(proof.dependencyDirectories()).toEqual([])
  })

  it('has no repository in which a run before it wrote what programs obey', async () => {
    const { lend, tree } = await proofs()
    const writesGit = (proof: ProofTree): void => {
      mkdirSync(at(proof, '.git'), { recursive: true })
      writeFileSync(at(proof, '.git/config'), '[core]\nfsmonitor = ./evil\n')
    }
    {
      await using proof = await lend()
      writesGit(proof)
    }
    await using proof = await lend()
    expect(existsSync(at(proof, '.git'))).toBe(false)
    for (const renew of [() => proof.fill(tree), () => proof.clear(tree)]) {
      writesGit(proof)
      await renew()
      expect(existsSync(at(proof, '.git'))).toBe(false)
    }
  })

  it('remembers that it was guarded as long as what setup left, and blindness only in this process', async () => {
    const { lend, trees, repo } = await proofs()
    const guarded = async (): Promise<boolean> => {
      await using proof = await lend()
      return proof.isGuarded
    }
    {
      await using proof = await lend()
      expect(proof.isGuarded).toBe(false)
      await setUp(proof)
      await proof.guarded('unnoticed')
    }
    expect(await guarded()).toBe(true)
    await trees.close()
    const later = await openTempTrees(repo, { proofSlots: 1 })
    const tree = await treeOf(later.git)
    {
      await using proof = await later.trees.proofTree({ tree, setupKey: 'key' })
      expect([proof.preparedFor, proof.isGuarded]).toEqual(['key', false])
      await proof.guarded('noticed')
    }
    await later.trees.close()
    const last = await openTempTrees(repo, { proofSlots: 1 })
    await using proof = await last.trees.proofTree({ tree, setupKey: 'key' })
    expect(proof.isGuarded).toBe(true)
    await proof.prepared('key')
    expect(proof.isGuarded).toBe(false)
  })

  it('can be cleared of what setup installed and of all that a run left around it', async () => {
    const { lend, tree } = await proofs()
    await using proof = await lend()
    await setUp(proof)
    for (const around of [proof.home, proof.temp]) writeFileSync(join(around, '.npmrc'), 'poison\n')
    await proof.clear(tree)
    expect(proof.preparedFor).toBe(null)
    expect(readdirSync(proof.directory).sort()).toEqual(['package.json', 'packages', 'src'])
    for (const around of [proof.home, proof.temp]) expect(readdirSync(around)).toEqual([])
  })

  it('keeps what setup installed, and nothing else that a run left', async () => {
    const { lend } = await proofs()
    const first = await lend()
    await setUp(first)
    expect(first.dependencyDirectories()).toEqual([
      at(first, 'node_modules'),
      at(first, 'packages/x/node_modules'),
    ])
    writeFileSync(at(first, 'src/a.js'), 'forged\n')
    mkdirSync(at(first, 'src/__pycache__'))
    mkdirSync(at(first, 'node_modules/.vite'))
    const ofSetup = ['node_modules/dep', 'node_modules/.vite'].map((path) =>
      first.isInstalled(at(first, path)),
    )
    expect(ofSetup).toEqual([true, false])
    writeFileSync(at(first, 'node_modules/.vite/poison.js'), 'poison\n')
    writeFileSync(at(first, 'node_modules/dep/extra.js'), 'shadow\n')
    for (const around of [first.home, first.temp, first.reports]) writeFileSync(join(around, 'left'), 'x')
    await first[Symbol.asyncDispose]()
    await using second = await lend()
    expect(second.preparedFor).toBe('key')
    expect(readFileSync(at(second, 'src/a.js'), 'utf8')).toBe('a\n')
    expect(existsSync(at(second, 'src/__pycache__'))).toBe(false)
    expect(readdirSync(at(second, 'node_modules'))).toEqual(['dep'])
    expect(readdirSync(at(second, 'node_modules/dep'))).toEqual(['index.js'])
    expect(existsSync(at(second, 'packages/x/node_modules/dep/index.js'))).toBe(true)
    expect(readdirSync(second.home)).toEqual(['.cache'])
    expect([...readdirSync(second.temp), ...readdirSync(second.reports)]).toEqual([])
  })

  it.each([
    [
      'changed',
      (proof: ProofTree) => appendFileSync(at(proof, 'node_modules/dep/index.js'), 'process.exit(0)'),
    ],
    ['deleted', (proof: ProofTree) => rmSync(at(proof, 'node_modules/dep/index.js'))],
    ['replaced by a link', (proof: ProofTree) => replaceByLink(at(proof, 'node_modules/dep'))],
    ['shut away', (proof: ProofTree) => chmodSync(at(proof, 'node_modules/dep'), 0o600)],
    ['moved behind a link', (proof: ProofTree) => moveBehindLink(at(proof, 'packages'))],
    ['changed in HOME', (proof: ProofTree) => writeFileSync(join(proof.home, '.cache/module'), 'forged\n')],
  ])('is made anew when a dependency was %s', async (_title, spoil) => {
    const { lend } = await proofs()
    const first = await lend()
    await setUp(first)
    spoil(first)
    await first[Symbol.asyncDispose]()
    await using second = await lend()
    expect(second.preparedFor).toBe(null)
    expect(existsSync(at(second, 'node_modules'))).toBe(false)
    expect(existsSync(at(second, 'packages/x/node_modules'))).toBe(false)
    expect(readdirSync(second.home)).toEqual([])
  })

  it('looks at the dependencies each time that other files are put in', async () => {
    const { git, lend, tree } = await proofs()
    await using proof = await lend()
    await setUp(proof)
    const other = await git.compose(
      tree,
      new Map([['src/a.js', { mode: '100644', content: Buffer.from('b\n') }]]),
    )
    await proof.fill(other)
    expect(proof.preparedFor).toBe('key')
    expect(readFileSync(at(proof, 'src/a.js'), 'utf8')).toBe('b\n')
    writeFileSync(at(proof, 'node_modules/dep/index.js'), 'forged\n')
    await proof.fill(tree)
    expect(proof.preparedFor).toBe(null)
    expect(existsSync(at(proof, 'node_modules'))).toBe(false)
  })

  it('loses what setup installed where the folder around it was moved away, though no run can write to it', async () => {
    const { lend, tree } = await proofs({ proofSlots: 1, dependenciesAreReadOnly: true })
    await using proof = await lend()
    await setUp(proof)
    renameSync(at(proof, 'packages'), at(proof, 'moved'))
    mkdirSync(at(proof, 'packages/x/node_modules/dep'), { recursive: true })
    writeFileSync(at(proof, 'packages/x/node_modules/dep/index.js'), 'planted\n')
    await proof.fill(tree)
    expect(proof.preparedFor).toBe(null)
    expect(existsSync(at(proof, 'packages/x/node_modules'))).toBe(false)
  })

  it('keeps what setup wrote in its folders only; the rest is the work of a build', async () => {
    const { lend } = await proofs()
    await using proof = await lend()
    mkdirSync(at(proof, 'dist'))
    writeFileSync(at(proof, 'dist/out.js'), 'out\n')
    await setUp(proof)
    expect(existsSync(at(proof, 'dist'))).toBe(false)
    expect(existsSync(at(proof, 'node_modules/dep/index.js'))).toBe(true)
  })

  it('loses what setup installed for another key', async () => {
    const { lend } = await proofs()
    const first = await lend('one')
    await setUp(first, 'one')
    await first[Symbol.asyncDispose]()
    await using second = await lend('two')
    expect(second.preparedFor).toBe(null)
    expect(existsSync(at(second, 'node_modules'))).toBe(false)
  })

  it('loses it when the tree itself has files in that place', async () => {
    const { git, lend, tree } = await proofs()
    await using proof = await lend()
    await setUp(proof)
    const own = new Map([['node_modules/own.js', { mode: '100644', content: Buffer.from('own\n') }]])
    await proof.fill(await git.compose(tree, own))
    expect(proof.preparedFor).toBe(null)
    expect(readdirSync(at(proof, 'node_modules'))).toEqual(['own.js'])
  })

  it('is remembered over a restart, but not when somebody touched it meanwhile', async () => {
    const { lend, repo, tree, trees } = await proofs()
    const first = await lend()
    await setUp(first)
    await first[Symbol.asyncDispose]()
    await trees.close()
    const { trees: next } = await openTempTrees(repo, { proofSlots: 1 })
    const second = await next.proofTree({ tree, setupKey: 'key' })
    expect(second.preparedFor).toBe('key')
    await second[Symbol.asyncDispose]()
    await next.close()
    writeFileSync(at(second, 'node_modules/dep/index.js'), 'dep?')
    const { trees: last } = await openTempTrees(repo, { proofSlots: 1 })
    await using third = await last.proofTree({ tree, setupKey: 'key' })
    expect(third.preparedFor).toBe(null)
  })

  it('cannot be used once it is given back', async () => {
    const { lend, tree } = await proofs()
    const proof = await lend()
    await proof[Symbol.asyncDispose]()
    await proof[Symbol.asyncDispose]()
    await expect(proof.fill(tree)).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('the set of proof slots', () => {
  it('is bounded, and serves who waits longest first', async () => {
    const { lend } = await proofs({ proofSlots: 2 })
    const [one, two] = [await lend(), await lend()]
    expect(new Set([one.slot, two.slot]).size).toBe(2)
    const served: number[] = []
    const waiting = [1, 2, 3, 4].map(async (number) => {
      await using proof = await lend(`key ${number}`)
      served.push(number)
      return proof.slot
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(served).toEqual([])
    await one[Symbol.asyncDispose]()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([one.slot]))
    expect(served).toEqual([1, 2, 3, 4])
    await two[Symbol.asyncDispose]()
  })

  it('gives the slot that setup prepared, then the one whose tree is near, and spares other preparations', async () => {
    const { git, lend, tree } = await proofs({ proofSlots: 3 })
    const big = await git.compose(
      tree,
      new Map(
        Array.from({ length: 9 }, (_, n) => [`big/${n}`, { mode: '100644', content: Buffer.from(`${n}`) }]),
      ),
    )
    const bigger = await git.compose(big, new Map([['big/x', { mode: '100644', content: Buffer.from('x') }]]))
    const [one, two, three] = [await lend('a', tree), await lend('b', big), await lend('c', tree)]
    await setUp(one, 'a')
    for (const proof of [one, two, three]) await proof[Symbol.asyncDispose]()
    const near = await lend('d', bigger)
    expect(near.slot).toBe(two.slot)
    const prepared = await lend('a', bigger)
    expect([prepared.slot, prepared.preparedFor]).toEqual([one.slot, 'a'])
    const spared = await lend('a', tree)
    expect(spared.slot).toBe(three.slot)
    for (const proof of [near, prepared, spared]) await proof[Symbol.asyncDispose]()
  })

  it('gives up the preparation that was asked for least recently, even where its tree is far', async () => {
    const { git, lend, tree } = await proofs({ proofSlots: 2 })
    const far = await git.compose(tree, new Map([['far', { mode: '100644', content: Buffer.from('far') }]]))
    for (const [key, of] of [
      ['old', far],
      ['new', tree],
      ['next', tree],
    ] as const) {
      await using proof = await lend(key, of)
      await setUp(proof, key)
    }
    await using kept = await lend('new')
    expect(kept.preparedFor).toBe('new')
  })

  it('shares nothing: a dependency changed in one slot is as it was in the other', async () => {
    const { lend } = await proofs({ proofSlots: 2 })
    const [one, two] = [await lend(), await lend()]
    await setUp(one)
    await setUp(two)
    writeFileSync(at(one, 'node_modules/dep/index.js'), 'forged\n')
    expect(readFileSync(at(two, 'node_modules/dep/index.js'), 'utf8')).toBe('dep\n')
    await one[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
    const [again, other] = [await lend(), await lend()]
    expect(new Set([again.preparedFor, other.preparedFor])).toEqual(new Set(['key', null]))
    await again[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  it('turns away who waits when it is closed, and gives a slot back after a failure', async () => {
    const { lend, trees } = await proofs()
    await expect(lend('key', 'f'.repeat(40))).rejects.toMatchObject({ code: 'git_failed' })
    const proof = await lend()
    const waiting = lend()
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    await trees.close()
    await outcome
    await proof[Symbol.asyncDispose]()
    await expect(lend()).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('can be removed from disk altogether', async () => {
    const { lend, trees, repo } = await proofs()
    const proof = await lend()
    await setUp(proof)
    await proof[Symbol.asyncDispose]()
    await trees.close()
    await removeSlots(repo.state)
    expect(readdirSync(repo.state).filter((name) => /slot|agent/.test(name))).toEqual([])
  })
})

function replaceByLink(directory: string): void {
  rmSync(directory, { recursive: true })
  symlinkSync('/tmp', directory)
}

function moveBehindLink(directory: string): void {
  renameSync(directory, `${directory}-moved`)
  symlinkSync(`${directory}-moved`, directory)
}
