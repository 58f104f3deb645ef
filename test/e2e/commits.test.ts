import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type CliSample,
  cliSample,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { sayMissing } from '../support/missing-tool.ts'
import { DRILL } from '../support/drill.ts'

const CONFIG = '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n'
const SESSION = {
  version: 1,
  tasks: { 'DOUBLE-1': { red: [[numberTest('double')]], green: [[numberSource('double')]] } },
}

describe('the messages of commits', () => {
  it('follow the templates of the configuration, with the trailers behind them', async () => {
    const sample = sampleWith(
      '[git]\ntestMessage = "{task} tests by {agent}"\nsourceMessage = "{kind}: {title}"\nmergeMessage = "Land {title} ({run})\\n\\nWhy: {goal}"\n',
    )
    const { run, merge, red, green } = await landed(sample)
    expect(message(sample, red)).toBe(
      'DOUBLE-1 tests by scripted\n\nTDD-Task: DOUBLE-1\nCo-authored-by: scripted <scripted@agent.invalid>',
    )
    expect(message(sample, green)).toMatch(
      /^implement: Make double\n\nTDD-Task: DOUBLE-1\nCo-authored-by: scripted /,
    )
    expect(message(sample, merge)).toMatch(
      new RegExp(
        `^Land Make double \\(${run}\\)\n\nWhy: double\\(2\\) is 4\n\nTDD-Task: DOUBLE-1\nTDD-Red: ${red}\nTDD-Green: ${green}\nTDD-Evidence: sha256:\\w{64}$`,
      ),
    )
    expect(await proven(sample)).toEqual({ checked: 1, proven: 1, waived: [], broken: [] })
  })

  it('cannot be made to say another proof by a title or a goal', async () => {
    const sample = sampleWith('[git]\nmergeMessage = "{title}\\n\\n{goal}"\n')
    const forged = [`TDD-Task: OTHER-1`, `TDD-Evidence: sha256:${'0'.repeat(64)}`, 'TDD-Unproven: scaffold']
    const goal = `double(2) is 4\n\n---\n# ------------------------ >8 ------------------------\n${forged.join('\n')}`
    const { merge, evidence } = await landed(sample, { title: 'TDD-Task: OTHER-1', goal })
    const trailers = sample.repo.git('log', '-1', '--format=%(trailers:only=true)', merge)
    expect(trailers.split('\n').filter((line) => line !== '')).toEqual([
      'TDD-Task: DOUBLE-1',
      expect.stringMatching(/^TDD-Red: \w{40}$/),
      expect.stringMatching(/^TDD-Green: \w{40}$/),
      `TDD-Evidence: ${evidence}`,
    ])
    expect(message(sample, merge)).toContain('> TDD-Unproven: scaffold')
    expect(await proven(sample)).toEqual({ checked: 1, proven: 1, waived: [], broken: [] })
  })

  it('with a placeholder that does not exist are refused, with the one that was meant', async () => {
    const sample = sampleWith('[git]\nmergeMessage = "{task}: {titel}"\n')
    expectError(await sample.json(['config']), {
      code: 'config_invalid',
      says: /\{titel\}.*did you mean "title"/s,
    })
  })
})

describe('signed commits', () => {
  it.runIf(DRILL)('are verified by git with the ssh key of the person', async () => {
    const sample = sampleWith('[git]\nsign = "on"\n')
    useSshKey(sample)
    const { merge, red, green } = await landed(sample)
    for (const commit of [red, green, merge]) {
      expect(sample.repo.git('verify-commit', '--raw', commit)).toBe('')
      expect(sample.repo.git('log', '-1', '--format=%G?', commit)).toBe('G')
    }
    expect(await proven(sample)).toEqual({ checked: 1, proven: 1, waived: [], broken: [] })
    expect(sample.repo.git('fsck', '--strict', '--no-dangling')).toBe('')
  })

  it.skipIf(!hasGpg())('are verified by git with the OpenPGP key of the person', async () => {
    const sample = sampleWith('[git]\nsign = "auto"\n')
    useGpgKey(sample)
    personally(sample, '[commit]\n\tgpgSign = true\n')
    const { merge, red, green } = await landed(sample)
    for (const commit of [red, green, merge]) sample.repo.git('verify-commit', commit)
    expect(sample.repo.git('log', '-1', '--format=%G? %GS', merge)).toBe('G Ada Example <ada@example.com>')
  })

  it.runIf(DRILL)('are made only where git is configured so when they follow it', async () => {
    const sample = sampleWith('[git]\nsign = "auto"\n')
    useSshKey(sample)
    const { merge } = await landed(sample)
    expect(sample.repo.git('cat-file', 'commit', merge)).not.toContain('gpgsig')
  })

  it.runIf(DRILL)('are not made by a program that the repository names', async () => {
    const sample = sampleWith('[git]\nsign = "on"\n')
    useSshKey(sample)
    const ran = join(sample.repo.directory, 'ran')
    const program = join(sample.repo.directory, 'program')
    writeFileSync(program, `#!/bin/sh\necho ran > ${ran}\nexit 1\n`, { mode: 0o755 })
    for (const name of ['gpg.program', 'gpg.openpgp.program', 'gpg.ssh.program', 'gpg.ssh.defaultKeyCommand'])
      sample.repo.git('config', '--local', name, program)
    const { merge } = await landed(sample)
    expect(existsSync(ran)).toBe(false)
    expect(sample.repo.git('cat-file', 'commit', merge)).toContain('\ngpgsig -----BEGIN SSH SIGNATURE-----\n')
  })

  it.runIf(DRILL)('cost no finished work where the key goes away in the middle of a run', async () => {
    const sample = sampleWith('[git]\nsign = "on"\n')
    useSshKey(sample)
    const key = join(sample.repo.home, '.ssh', 'id_sign')
    const once = join(sample.repo.directory, 'sign-once')
    writeFileSync(once, `#!/bin/sh\nssh-keygen "$@" && mv ${key} ${key}.away\n`, { mode: 0o755 })
    personally(sample, `[gpg "ssh"]\n\tprogram = ${once}\n`)
    await handIn(sample, {})
    const paused = await run(sample)
    expect(paused.code, paused.stderr).toBe(75)
    expect(paused.document).toMatchObject({ state: 'paused', pausedBy: 'person', landed: [] })
    expect((await sample.json(['status'])).document).toMatchObject({
      run: { reason: expect.stringMatching(/No private key.*git commit -S.*resume the run/s) },
      spend: { invocations: 2 },
    })

    renameSync(`${key}.away`, key)
    personally(sample, `[gpg "ssh"]\n\tprogram = ssh-keygen\n`)
    const resumed = await run(sample)
    expect(resumed.code, resumed.stderr).toBe(0)
    expect((await sample.json(['status'])).document).toMatchObject({ spend: { invocations: 2 } })
    const [{ red, green, merge }] = resumed.document['landed'] as [Landed]
    for (const commit of [red, green, merge])
      expect(sample.repo.git('log', '-1', '--format=%G?', commit)).toBe('G')
    expect(sample.repo.git('log', '-1', '--format=%P', green)).toBe(red)
    expect(sample.repo.git('log', '-1', '--format=%P', merge)).toMatch(new RegExp(` ${green}$`))
    expect(await proven(sample)).toEqual({ checked: 1, proven: 1, waived: [], broken: [] })
  })

  it.each([
    ['a key that is not there', '[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ~/.ssh/none\n', /\.ssh\/none/],
    ['no key at all', '[gpg]\n\tformat = ssh\n', /user\.signingkey names no key/],
    ['a program that is not there', '[gpg]\n\tprogram = /nowhere/gpg\n', /\/nowhere\/gpg cannot be started/],
    ['a format that is not known', '[gpg]\n\tformat = x509\n', /"x509"/],
  ])('stop a run before it begins where there is %s', async (_, personal, says) => {
    const sample = sampleWith('[git]\nsign = "on"\n')
    personally(sample, personal)
    await handIn(sample, {})
    const before = sample.picture()
    expectError(await run(sample), { code: 'signing_failed', exit: 2, says })
    expect(sample.picture()).toEqual(before)
    expect((await sample.json(['status'])).document).toMatchObject({
      run: { state: 'planned' },
      spend: { invocations: 0 },
    })
  })
})

interface Landed {
  readonly run: string
  readonly merge: string
  readonly red: string
  readonly green: string
  readonly evidence: string
}

function sampleWith(config: string): CliSample {
  const sample = cliSample()
  sample.repo.commit({ '.tdd/config.toml': `${config}\n${CONFIG}` })
  return sample
}

async function landed(sample: CliSample, over: Readonly<Record<string, unknown>> = {}): Promise<Landed> {
  await handIn(sample, over)
  const { document, stderr, code } = await run(sample)
  expect(code, stderr + JSON.stringify(document)).toBe(0)
  const [first] = document['landed'] as Landed[]
  return { ...(first as Landed), run: String(document['run']) }
}

async function handIn(sample: CliSample, over: Readonly<Record<string, unknown>>): Promise<void> {
  const plan = sample.beside('plan.json', {
    version: 1,
    title: 'Numbers',
    tasks: [numberTask('double', over)],
  })
  const { code, stderr } = await sample.cli(['ingest', plan])
  expect(code, stderr).toBe(0)
}

function run(sample: CliSample): ReturnType<CliSample['json']> {
  return sample.json(['run', '--agent', 'scripted', '--session', sample.beside('session.json', SESSION)])
}

async function proven(sample: CliSample): Promise<unknown> {
  return (await sample.json(['prove', 'tdd/numbers'])).document
}

function message(sample: CliSample, commit: string): string {
  return sample.repo.git('log', '-1', '--format=%B', commit).trimEnd()
}

function personally(sample: CliSample, settings: string): void {
  appendFileSync(join(sample.repo.home, '.gitconfig'), settings)
}

function useSshKey(sample: CliSample): void {
  const { home } = sample.repo
  const key = join(home, '.ssh', 'id_sign')
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  writeFileSync(join(home, 'signers'), `ada@example.com ${readFileSync(`${key}.pub`, 'utf8')}`)
  personally(
    sample,
    `[user]\n\tsigningKey = ~/.ssh/id_sign.pub\n[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = ${home}/signers\n`,
  )
}

function useGpgKey(sample: CliSample): void {
  const env = { ...sample.env }
  mkdirSync(join(sample.repo.home, '.gnupg'), { mode: 0o700 })
  onTestFinished(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env })
  })
  const person = 'Ada Example <ada@example.com>'
  execFileSync(
    'gpg',
    ['--batch', '--quiet', '--passphrase', '', '--quick-gen-key', person, 'ed25519', 'sign'],
    {
      env,
      stdio: 'pipe',
    },
  )
}

function hasGpg(): boolean {
  if (spawnSync('gpg', ['--version']).status === 0) return true
  sayMissing({ tool: 'gpg', untested: 'OpenPGP signatures of commits', get: 'apt-get install gnupg' })
  return false
}
