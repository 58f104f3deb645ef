import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn, type Place, TEST_PATH, testPlace } from '../support/contained.ts'
import { whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()

describe.skipIf(noSandbox !== null)(
  `the sandbox${noSandbox === null ? '' : ` (skipped: ${noSandbox})`}`,
  () => {
    let place: Place
    let state: string
    let slot: string
    beforeAll(() => {
      place = testPlace('outside')
      state = join(place.path, 'state')
      slot = join(state, 'slots', 'one')
      for (const path of [
        'state/slots/one/node_modules',
        'state/slots/two',
        'state/objects',
        'home/.ssh',
        'repo',
      ]) {
        mkdirSync(join(place.path, path), { recursive: true })
      }
      for (const path of [
        'state/store.db',
        'state/slots/two/secret',
        'home/.ssh/id',
        'home/.netrc',
        'home/plain',
        'repo/a',
      ]) {
        writeFileSync(join(place.path, path), 'kept')
      }
      writeFileSync(join(slot, 'node_modules', 'dependency'), 'kept')
    })
    afterAll(() => place[Symbol.dispose]())
    const run = (script: string, rest: Parameters<typeof containedIn>[2] = {}) => {
      const exec = createExec({ ownerId: 'sandbox-tests', home: join(place.path, 'home') })
      return exec.contained(containedIn(slot, ['sh', '-c', script], rest))
    }

    it('lets a command write in its slot and nowhere else', async () => {
      const outside = join(place.path, 'repo')
      const { stdout, stderr } = await run(
        `echo x > in && echo slot; echo x > ${outside}/out || echo refused; rm ${outside}/a`,
      )
      expect(stdout.toString()).toBe('slot\nrefused\n')
      expect(stderr.toString()).toContain('Read-only file system')
      expect(readdirSync(outside)).toEqual(['a'])
      expect(readdirSync(slot)).toContain('in')
    })

    it('hides the state directory and shows the slot inside it', async () => {
      const { stdout, end } = await run(
        `ls -A ${state}; ls -A ${state}/slots; echo x > in2; echo x > ${state}/new`,
        {
          hidden: [state],
        },
      )
      expect(stdout.toString()).toBe('slots\none\n')
      expect(end).not.toEqual({ kind: 'exited', code: 0 })
      expect(readdirSync(slot)).toContain('in2')
      expect(readdirSync(state).sort()).toEqual(['objects', 'slots', 'store.db'])
    })

    it('shows what is named visible inside a hidden directory, and keeps it unchanged', async () => {
      const two = join(state, 'slots', 'two')
      const { stdout } = await run(
        `cat ${two}/secret; echo x > ${two}/secret; ls -A ${state}/slots; echo x > in3; ls in3`,
        {
          hidden: [state],
          visible: [two, slot],
        },
      )
      expect(stdout.toString()).toBe('keptone\ntwo\nin3\n')
      expect(readFileSync(join(two, 'secret'), 'utf8')).toBe('kept')
    })

    it('hides a single file, and a directory inside a writable one', async () => {
      const { stdout } = await run(`cat ${state}/store.db; ls -A ${state}/slots/two; echo end`, {
        writable: [state],
        hidden: [join(state, 'store.db'), join(state, 'slots', 'two')],
      })
      expect(stdout.toString()).toBe('end\n')
    })

    it('keeps dependency directories inside the slot unchanged', async () => {
      const script =
        'echo bad > node_modules/dependency; rm -rf node_modules; mv node_modules other; echo done'
      const { stdout } = await run(script, { readOnly: [join(slot, 'node_modules')] })
      expect(stdout.toString()).toBe('done\n')
      expect(readFileSync(join(slot, 'node_modules', 'dependency'), 'utf8')).toBe('kept')
    })

    it('says of a program that it hides where else to put it, and of a missing one that it is missing', async () => {
      const exec = createExec({ ownerId: 'sandbox-tests', home: join(place.path, 'home') })
      const { path: program } = place
      const ending = async (argv: readonly [string, ...string[]], rest: Parameters<typeof containedIn>[2]) =>
        (await exec.contained(containedIn(slot, argv, rest))).end
      writeFileSync(join(program, 'repo', 'agent'), '#!/bin/sh\n', { mode: 0o755 })
      symlinkSync(join(program, 'repo', 'agent'), join(program, 'link'))
      const temporary = mkdtempSync(join(tmpdir(), 'agent-'))
      onTestFinished(() => rmSync(temporary, { recursive: true }))
      symlinkSync(join(program, 'repo', 'agent'), join(temporary, 'agent'))
      const hidden = [join(program, 'repo')]
      for (const argv of [[join(program, 'repo', 'agent')], [join(program, 'link')], ['agent']] as const) {
        const env = { PATH: `${temporary}:${TEST_PATH}` }
        expect(await ending(argv, { hidden, env })).toMatchObject({
          kind: 'not_started',
          code: 'HIDDEN',
          message: expect.stringMatching(/^the sandbox hides \/.*(?:agent|link)\. .*a directory on the PATH/),
        })
      }
      writeFileSync(join(slot, 'lost'), '#!/no/such/shell\n', { mode: 0o755 })
      for (const argv of [['no-such-program'], [join(slot, 'lost')]] as const) {
        expect(await ending(argv, { hidden })).toMatchObject({ kind: 'not_started', code: 'ENOENT' })
      }
    })

    it('does not mind hidden and read-only paths that do not exist', async () => {
      const missing = join(place.path, 'missing')
      const { end } = await run('true', {
        hidden: [missing, join(slot, 'nothing')],
        readOnly: [join(slot, 'none')],
      })
      expect(end).toEqual({ kind: 'exited', code: 0 })
    })

    it('is not started in a directory that is hidden, or with a writable one that is missing', async () => {
      const hidden = await run('true', { cwd: join(place.path, 'repo'), hidden: [join(place.path, 'repo')] })
      const missing = await run('true', { writable: [join(place.path, 'missing')] })
      expect([hidden.end, missing.end]).toMatchObject([
        { kind: 'not_started', code: 'EACCES' },
        { kind: 'not_started', code: 'ENOENT' },
      ])
    })

    it('masks the credentials of the home directory and leaves the rest of it readable', async () => {
      const home = join(place.path, 'home')
      const { stdout } = await run(`cat ${home}/.ssh/id ${home}/.netrc ${home}/plain; ls -A ${home}/.ssh`)
      expect(stdout.toString()).toBe('kept')
    })

    it('finds hidden places through symbolic links, and the other way round', async () => {
      symlinkSync(join(place.path, 'repo'), join(place.path, 'repo-link'))
      const { stdout } = await run(`cat ${place.path}/repo/a; cat ${place.path}/repo-link/a; echo end`, {
        hidden: [join(place.path, 'repo-link')],
      })
      expect(stdout.toString()).toBe('end\n')
    })

    it('shows no process but its own, and no temporary file of others', async () => {
      using other = testPlace()
      const { stdout } = await run(
        `ls /proc | grep -c '^[0-9]'; ls -d ${other.path}; kill -0 ${process.pid} && echo seen`,
      )
      expect(Number(stdout.toString())).toBeLessThan(6)
    })

    it('gives no right of the administrator, also not to root', async () => {
      const script = `grep CapEff /proc/self/status; umount ${state}; mount -o remount,rw / ; ls ${state}`
      const { stdout } = await run(script, { hidden: [join(state, 'objects')], writable: [slot] })
      expect(stdout.toString()).toMatch(/^CapEff:\s+0+\n/)
      const unshared = await run(
        `unshare -Urm sh -c "umount ${state}; mount -o remount,bind,rw /"; ls -A ${state}`,
        {
          hidden: [state],
        },
      )
      expect(unshared.stdout.toString()).toBe('slots\n')
    })

    it('leaves the network as it is', async () => {
      const server = createServer((socket) => socket.end('hello'))
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve)
      })
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const read = `require('node:net').connect(${port}, '127.0.0.1').pipe(process.stdout)`
      const exec = createExec({ ownerId: 'sandbox-tests' })
      const { stdout } = await exec.contained(containedIn(slot, [process.execPath, '-e', read]))
      server.close()
      expect(stdout.toString()).toBe('hello')
    })

    it('does not load what the environment of the command names into itself', async () => {
      const env = {
        PATH: '/usr/bin:/bin',
        LD_PRELOAD: join(slot, 'evil.so'),
        LD_DEBUG: 'files',
        LD_DEBUG_OUTPUT: join(place.path, 'trace'),
      }
      await run('true', { env })
      expect(readdirSync(place.path).filter((name) => name.startsWith('trace'))).toEqual([])
    })
  },
)

describe('without a sandbox program', () => {
  it('a command still runs, and the report says how to get one', async () => {
    using place = testPlace()
    const exec = createExec({ ownerId: 'no-tool', toolPath: place.path })
    expect(await exec.containment()).toMatchObject({
      contained: false,
      by: 'process_group',
      advice: expect.stringMatching(process.platform === 'linux' ? /apt install bubblewrap/ : /sandbox/),
    })
    expect((await exec.contained(containedIn(place.path, ['true']))).end).toEqual({ kind: 'exited', code: 0 })
  })

  it.runIf(process.platform === 'linux')(
    'a program that cannot make one is reported with its complaint',
    async () => {
      using place = testPlace()
      writeFileSync(join(place.path, 'bwrap'), '#!/bin/sh\necho "no namespaces today" >&2\nexit 1\n', {
        mode: 0o755,
      })
      const exec = createExec({ ownerId: 'bad-tool', toolPath: place.path })
      const { contained, advice } = await exec.containment()
      expect(contained).toBe(false)
      expect(advice).toMatch(/no namespaces today.*user namespaces/)
    },
  )
})
