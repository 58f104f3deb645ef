import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempRepo, tempRepo } from '../support/temp-repo.ts'

const HOOKS = [
  'applypatch-msg',
  'pre-applypatch',
  'post-applypatch',
  'pre-commit',
  'pre-merge-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'pre-rebase',
  'post-checkout',
  'post-merge',
  'pre-push',
  'pre-receive',
  'update',
  'proc-receive',
  'post-receive',
  'post-update',
  'reference-transaction',
  'push-to-checkout',
  'pre-auto-gc',
  'post-rewrite',
  'sendemail-validate',
  'fsmonitor-watchman',
  'post-index-change',
]

/** Everything that git can be told to start, in the repository's and in the person's configuration, leaves a mark. */
function boobyTrapped(): { repo: TempRepo; ran: () => boolean } {
  const repo = tempRepo({
    '.gitattributes': '* filter=trap diff=trap merge=trap text eol=crlf ident\n',
    'a.txt': '1\n2\n3\n4\n5\n6\n',
  })
  const mark = join(repo.directory, 'mark')
  const trap = join(repo.directory, 'trap.sh')
  writeFileSync(trap, `#!/bin/sh\ntouch ${mark}\nexit 0\n`)
  chmodSync(trap, 0o755)
  const hooks = join(repo.directory, 'hooks')
  for (const directory of [hooks, join(repo.root, '.git/hooks')]) {
    mkdirSync(directory, { recursive: true })
    for (const hook of HOOKS) {
      writeFileSync(join(directory, hook), `#!/bin/sh\ntouch ${mark}\n`)
      chmodSync(join(directory, hook), 0o755)
    }
  }
  const settings = [
    '[filter "trap"]',
    `clean = ${trap}`,
    `smudge = ${trap}`,
    `process = ${trap}`,
    'required = true',
    '[diff]',
    `external = ${trap}`,
    '[diff "trap"]',
    `textconv = ${trap}`,
    `command = ${trap}`,
    '[merge "trap"]',
    `driver = ${trap}`,
    'recursive = trap',
    '[merge]',
    'default = trap',
    '[core]',
    `fsmonitor = ${trap}`,
    `pager = ${trap}`,
    `editor = ${trap}`,
    `sshCommand = ${trap}`,
    `askPass = ${trap}`,
    `gitProxy = ${trap}`,
    '[credential]',
    `helper = ${trap}`,
    '[gpg]',
    `program = ${trap}`,
    '[commit]',
    'gpgSign = true',
    '[uploadpack]',
    `packObjectsHook = ${trap}`,
    '[pack]',
    `packObjectsHook = ${trap}`,
    '[sequence]',
    `editor = ${trap}`,
    '[alias]',
    `cat-file = !${trap}`,
    `update-ref = !${trap}`,
    '[notes]',
    'rewriteRef = refs/notes/*',
    'displayRef = refs/notes/*',
  ].join('\n')
  writeFileSync(
    join(repo.home, '.gitconfig'),
    `${settings}\n[user]\nname = Ada\nemail = a@b.c\n[core]\nhooksPath = ${hooks}\n`,
  )
  writeFileSync(
    join(repo.root, '.git/config'),
    `[core]\nrepositoryformatversion = 0\nbare = false\nhooksPath = ${hooks}\n${settings}\n`,
  )
  return { repo, ran: () => existsSync(mark) }
}

describe('a repository full of hooks, filters, drivers and monitors', () => {
  it('does run them when its person uses git', () => {
    const { repo, ran } = boobyTrapped()
    repo.git('update-ref', 'refs/heads/by-hand', 'HEAD')
    expect(ran()).toBe(true)
  })

  it('has none of them executed by anything we ask of git', async () => {
    const { repo, ran } = boobyTrapped()
    const git = await openTempGit(repo)
    const head = (await git.resolve('main')) ?? ''
    const { tree } = await git.readCommit(head)
    const person = (await git.author()) ?? { name: '', email: '' }
    const variant = async (from: string, to: string): Promise<string> => {
      const file = (await git.files(tree)).get('a.txt')?.id ?? ''
      const content = Buffer.from((await git.readBlob(file)).toString().replace(from, to))
      const changed = await git.compose(tree, new Map([['a.txt', { mode: '100644', content }]]))
      await git.diff(tree, changed)
      return await git.commit({
        tree: changed,
        parents: [head],
        message: 'm\n',
        author: person,
        committer: person,
        at: 1,
      })
    }
    const [ours, theirs] = [await variant('1', 'one'), await variant('6', 'six')]
    const merged = await git.mergeTrees(ours, theirs)
    expect(merged.kind).toBe('clean')
    const commit = await git.commit({
      tree: merged.tree,
      parents: [ours, theirs],
      message: 'm\n',
      author: person,
      committer: person,
      at: 1,
    })
    await git.createBranch('tdd/plan', head)
    await git.takeFence('tdd/plan', 'token')
    expect(await git.checkedOut('main')).toEqual([repo.root])
    const outcome = await git.land({
      target: 'tdd/plan',
      expected: head,
      commit,
      fence: 'token',
      branches: [{ name: 'tdd/run/a', at: ours }],
    })
    expect(outcome).toEqual({ kind: 'landed' })
    await git.writeNote(commit, 'note')
    expect(await git.readNote(commit)).toBe('note')
    expect(await git.firstParents(head, commit)).toHaveLength(2)
    expect(await git.isAncestor(head, commit)).toBe(true)
    expect(await git.readRef('refs/heads/tdd/plan')).toBe(commit)
    await git.close()
    expect(ran()).toBe(false)
  })

  it('is opened as it lies there, whatever variables of git are set', async () => {
    const { repo, ran } = boobyTrapped()
    const elsewhere = tempRepo({ other: 'o' })
    const env = {
      ...repo.env,
      GIT_DIR: join(elsewhere.root, '.git'),
      GIT_WORK_TREE: elsewhere.root,
      GIT_OBJECT_DIRECTORY: join(elsewhere.root, '.git/objects'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: join(repo.directory, 'hooks'),
      GIT_EXTERNAL_DIFF: join(repo.directory, 'trap.sh'),
      GIT_SSH: join(repo.directory, 'trap.sh'),
      GIT_TRACE: join(repo.directory, 'mark'),
    }
    const git = await openTempGit({ ...repo, env })
    const head = (await git.resolve('HEAD')) ?? ''
    expect(head).toBe(repo.git('rev-parse', 'HEAD'))
    await git.createBranch('tdd/plan', head)
    await git.writeNote(head, 'note')
    expect(git.repository.root).toBe(repo.root)
    expect(ran()).toBe(false)
  })
})
