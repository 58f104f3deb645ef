import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/open.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'
import { type PlayedTasks, playedPlan, playedSession } from '../support/played-tasks.ts'
import { repositoryPicture } from '../support/repository-picture.ts'
import { DRILL } from '../support/drill.ts'

const TASKS: PlayedTasks = { ADDED: {} }

const HOOKS =
  'applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit ' +
  'pre-rebase post-checkout post-merge pre-push pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman ' +
  'reference-transaction post-index-change pre-receive update proc-receive post-receive post-update push-to-checkout'

describe('a repository full of a person’s things', () => {
  it('is the same after a run, and nothing that its configuration names was started', async () => {
    const sample = engineSample({
      ...letterFiles,
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n*.js filter=marks\n*.txt text eol=crlf\n',
      'assets/model.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n',
      'with space/ünï côdé.txt': 'text\n',
      'new\nline.txt': 'text\n',
      '"quoted".txt': 'text\n',
    })
    const { repo } = sample
    const mark = join(repo.directory, 'started')
    const marks = (name: string): string => `#!/bin/sh\necho ${name} >> ${mark}\n`
    const program = (name: string): string => {
      const path = join(repo.directory, `${name}.sh`)
      writeFileSync(path, `${marks(name)}cat\n`)
      chmodSync(path, 0o755)
      return path
    }
    addSubmodule(sample)
    repo.git('worktree', 'add', '-q', '-b', 'elsewhere', join(repo.directory, 'elsewhere'))
    repo.git('tag', '-a', 'v1', '-m', 'v1')
    repo.git('update-ref', 'refs/custom/mine', 'HEAD')
    repo.git('stash', 'list')
    repo.write({ 'src/index.js': 'export const version = 2\n' })
    repo.git('stash', '-q')
    repo.write({
      'staged.txt': 'staged\n',
      'src/index.js': 'export const version = 3\n',
      'untracked/deep/file.txt': 'mine\n',
    })
    repo.git('add', 'staged.txt')
    repo.write({ 'assets/model.bin': null })
    for (const hook of HOOKS.split(' ')) repo.write({ [`.git/hooks/${hook}`]: { script: marks(hook) } })
    for (const [key, value] of [
      ['core.fsmonitor', program('fsmonitor')],
      ['diff.external', program('external')],
      ['filter.marks.clean', program('clean')],
      ['filter.marks.smudge', program('smudge')],
      ['filter.lfs.process', program('process')],
      ['merge.marks.driver', program('merge')],
      ['core.pager', program('pager')],
      ['core.editor', program('editor')],
      ['core.sshCommand', program('ssh')],
      ['credential.helper', program('credential')],
      ['gpg.program', program('gpg')],
      ['commit.gpgSign', 'true'],
      ['core.autocrlf', 'true'],
      ['core.hooksPath', '.git/hooks'],
      ['alias.commit', `!${program('alias')}`],
    ] as const) {
      appendConfig(sample, key, value)
    }
    writeFileSync(join(repo.root, '.git', 'index.lock'), 'left behind by a crash')
    await worked(sample)
    expect(startedIn(repo.directory)).toEqual([])
  })

  it.each([
    ['no user name configured', { anonymous: true }],
    ['objects named by SHA-256', { objectFormat: 'sha256' as const }],
    ['a detached head', {}],
    ['a shallow history', {}],
    ['an unusual branch name', { branch: 'fix/#42-ümläut' }],
  ])('is worked with all the same: %s', async (name, options) => {
    const sample = engineSample(letterFiles, options)
    const { repo } = sample
    if (name.includes('detached')) repo.git('checkout', '-q', '--detach')
    if (name.includes('shallow')) makeShallow(sample)
    const { target, engineAuthor } = await worked(sample)
    if (name.includes('user name')) expect(engineAuthor).toContain('TDD Orchestrator')
    if (name.includes('SHA-256')) expect(repo.git('rev-parse', target)).toHaveLength(64)
  })

  it.runIf(DRILL)('is worked in from a worktree of its own and from a directory below', async () => {
    const sample = engineSample({ ...letterFiles, 'deep/down/file.txt': 'text\n' })
    const place = join(sample.repo.directory, 'elsewhere')
    sample.repo.git('worktree', 'add', '-q', '-b', 'elsewhere', place)
    const before = repositoryPicture(sample.repo)
    await using engine = await openEngine({
      directory: join(place, 'deep', 'down'),
      env: sample.env,
      flags: {},
    })
    await sample.ingest(engine, playedPlan(TASKS))
    expect(await sample.run(engine, playedSession(TASKS))).toMatchObject({ state: 'completed' })
    expect(repositoryPicture(sample.repo)).toEqual(before)
  })

  it('is refused with the way out when it is bare, has no commit, or is none', async () => {
    const sample = engineSample(letterFiles)
    const { repo } = sample
    const open = (directory: string): Promise<unknown> =>
      openEngine({ directory, env: sample.env, flags: {} }).then(async (engine) => {
        await using opened = engine
        await sample.ingest(opened, playedPlan(TASKS))
        return await sample.run(opened, playedSession(TASKS))
      })
    const [bare, empty, none] = ['bare', 'empty', 'none'].map((name) => join(repo.directory, name)) as [
      string,
      string,
      string,
    ]
    repo.git('clone', '-q', '--bare', repo.root, bare)
    repo.git('init', '-q', empty)
    mkdirSync(none)
    await expect(open(bare)).rejects.toMatchObject({ exitCode: 2 })
    await expect(open(empty)).rejects.toMatchObject({ exitCode: 2 })
    await expect(open(none)).rejects.toMatchObject({ exitCode: 2 })
  })
})

/** Runs one task and holds everything of the person's repository to what it was. */
async function worked(sample: EngineSample): Promise<{ target: string; engineAuthor: string }> {
  const before = repositoryPicture(sample.repo)
  {
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(TASKS))
    const report = await sample.run(engine, playedSession(TASKS))
    expect(report).toMatchObject({ state: 'completed', target: 'tdd/played', refusals: [] })
  }
  expect(repositoryPicture(sample.repo)).toEqual(before)
  return {
    target: 'tdd/played',
    engineAuthor: sample.repo.git('log', '-1', '--format=%an <%ae>', 'tdd/played'),
  }
}

function addSubmodule({ repo }: EngineSample): void {
  const other = join(repo.directory, 'other')
  cpSync(repo.root, other, { recursive: true })
  repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'vendor/other')
  repo.git('commit', '-q', '-m', 'Add a submodule')
}

/** Cuts the history off after the last commit, as a clone with a depth of one is. */
function makeShallow({ repo }: EngineSample): void {
  repo.commit({ 'src/second.js': 'export const second = 2\n' })
  writeFileSync(join(repo.root, '.git', 'shallow'), `${repo.git('rev-parse', 'HEAD')}\n`)
  repo.git('reflog', 'expire', '--expire=now', '--all')
  repo.git('prune', '--expire=now')
}

/** Without git, which would start what the configuration names. */
function appendConfig({ repo }: EngineSample, key: string, value: string): void {
  const parts = key.split('.')
  const name = parts.pop() ?? ''
  const [section, ...sub] = parts
  const head = sub.length === 0 ? `[${section}]` : `[${section} "${sub.join('.')}"]`
  const path = join(repo.root, '.git', 'config')
  writeFileSync(path, `${head}\n\t${name} = ${JSON.stringify(value)}\n`, { flag: 'a' })
}

function startedIn(directory: string): string[] {
  const mark = join(directory, 'started')
  return existsSync(mark) ? readFileSync(mark, 'utf8').trim().split('\n') : []
}
