import { describe, expect, it } from 'vitest'
import { type CliSample, cliSample, expectError } from '../support/cli-sample.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { tempRepo } from '../support/temp-repo.ts'

/** Git keeps no branch `a` beside a branch `a/b`. */
describe('a branch that stands where the target has to be made', () => {
  it('is named by run, dry run and doctor before anything starts, with what to do', async () => {
    const { sample, run } = await ready()
    sample.repo.git('branch', 'tdd')
    const says = /tdd\/letters cannot be made beside the branch tdd\b[^]*--target[^]*git branch -m tdd /
    const before = sample.picture()
    expectError(await sample.json(run), { code: 'target_blocked', says })
    expectError(await sample.json([...run, '--dry-run']), { code: 'target_blocked', says })
    const { code, stdout } = await sample.cli(['doctor'])
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/PROBLEM {2}.*branch tdd\b/) as string,
    })
    expect(sample.picture()).toEqual(before)
    expect((await sample.json(['status'])).document).toMatchObject({
      run: { state: 'planned', target: null },
    })
    expect(await sample.json([...run, '--target', 'work'])).toMatchObject({
      code: 0,
      document: { state: 'completed', target: 'work' },
    })
  })

  it('is no tag with the name of one', async () => {
    const { sample, run } = await ready()
    sample.repo.git('tag', 'refs/heads/tdd')
    expect(await sample.json([...run, '--dry-run'])).toMatchObject({ code: 0 })
    expect(await sample.json(run)).toMatchObject({ code: 0, document: { target: 'tdd/letters' } })
  })

  it('is named where it stands below, of a target that was asked for too', async () => {
    const { sample, run } = await ready()
    sample.repo.git('branch', 'work/mine')
    sample.repo.git('branch', 'tdd/letters/mine')
    const says = /work cannot be made beside the branch work\/mine\b/
    expectError(await sample.json([...run, '--target', 'work']), { code: 'target_blocked', says })
    expectError(await sample.json([...run, '--dry-run', '--target', 'work']), {
      code: 'target_blocked',
      says,
    })
    expectError(await sample.json(run), { code: 'target_blocked', says: /branch tdd\/letters\/mine\b/ })
    sample.repo.write({ '.tdd/config.toml': '[git]\ntarget = "work"\n[agents.command]\nargv = ["git"]\n' })
    expect((await sample.cli(['doctor'])).stdout).toMatch(/PROBLEM {2}.*branch work\/mine\b/)
  })

  it('is named where only the branches of landings have no room', async () => {
    const { sample, run } = await ready()
    sample.repo.git('branch', 'tdd')
    const asked = [...run, '--branches', '--target', 'work']
    expectError(await sample.json(asked), { code: 'target_blocked', says: /--single-branch/ })
    sample.repo.git('branch', '-D', 'tdd')
    expectError(await sample.json([...run, '--branches', '--target', 'tdd']), {
      code: 'target_blocked',
      says: /--single-branch/,
    })
  })

  it('is no matter of where other runs landed once', async () => {
    const { sample, run } = await ready()
    expect(await sample.json([...run, '--target', 'work'])).toMatchObject({ code: 0 })
    sample.repo.git('branch', '-D', 'work')
    const again = await sample.json([...run, '--new', '--target', 'work/again'])
    expect(again, again.stderr).toMatchObject({ code: 0, document: { target: 'work/again' } })
  })
})

async function ready(): Promise<{ readonly sample: CliSample; readonly run: readonly string[] }> {
  const sample = cliSample(tempRepo(letterFiles))
  await sample.json(['ingest', sample.beside('plan.json', letterPlan(['A']))])
  const session = sample.beside('session.json', letterSession(['A']))
  return { sample, run: ['run', '--agent', 'scripted', '--session', session] }
}
