import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/environment.ts'
import { receiversOf } from '../config/receivers.ts'
import { checkGitVersion, discover } from '../git/discover.ts'
import { createGitCommand } from '../git/git-command.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Exec } from '../runtime/exec.ts'
import { createExec } from '../runtime/exec-open.ts'
import type { Finding } from '../protocol/output/doctor-report.ts'
import { commitSettings } from './commit-settings.ts'
import { diagnoseAgent } from './diagnose-agent.ts'
import { diagnoseState } from './diagnose-state.ts'
import { diagnoseSuites } from './diagnose-suites.ts'
import { findTarget } from './find-target.ts'
import { note, ok, problemOf } from './finding.ts'
import { type Bench, openBench } from './open.ts'
import { requireRoomForTargets } from './require-free-name.ts'

interface Asked {
  readonly cwd: string
  readonly env: Environment
}

/** Looks at machine and repository. Changes nothing; the further looks need a repository that can be worked with. */
export async function diagnose(asked: Asked): Promise<Finding[]> {
  const exec = createExec({ ownerId: systemClock.id(16) })
  const findings = [ok('node', `Node ${process.versions.node}`), await sandbox(exec)]
  const usable = await usableRepository(exec, asked)
  findings.push(...usable)
  if (usable.some(({ level }) => level === 'problem')) return findings
  try {
    await using bench = await openBench({ directory: asked.cwd, env: asked.env, flags: {} })
    findings.push(...configuration(bench), ...(await repository(bench)), ...(await diagnoseState(bench)))
    findings.push(...(await diagnoseSuites(bench)), ...(await diagnoseAgent(bench)))
  } catch (thrown) {
    findings.push(problemOf('configuration', thrown))
  }
  return findings
}

async function sandbox(exec: Exec): Promise<Finding> {
  const { contained, by, advice } = await exec.containment()
  if (contained) return ok('sandbox', `commands run in a sandbox (${by})`)
  return note('sandbox', 'commands run without a sandbox: what an agent starts can see your files', advice)
}

async function usableRepository(exec: Exec, { cwd, env }: Asked): Promise<Finding[]> {
  const git = createGitCommand({ exec, env, cwd: '/' })
  try {
    await checkGitVersion(git)
    const { stdout } = await git.run({ args: ['version'] })
    const version = ok('git', stdout.toString('utf8').trim())
    try {
      const { facts } = await discover(git, cwd)
      return [version, ok('repository', `repository at ${facts.workTree}`)]
    } catch (thrown) {
      return [version, problemOf('repository', thrown)]
    }
  } catch (thrown) {
    return [problemOf('git', thrown)]
  }
}

function configuration({ loaded }: Bench): Finding[] {
  return [
    ok('configuration', loaded.file === null ? 'no file; the defaults are used' : `read from ${loaded.file}`),
    ...loaded.warnings.map((warning) => note('configuration', warning, null)),
    ...told(loaded),
  ]
}

/** Addresses are not shown: they are secrets. */
function told(loaded: Bench['loaded']): Finding[] {
  try {
    const receivers = receiversOf(loaded).map(({ name }) => name)
    return receivers.length === 0
      ? []
      : [ok('configuration', `people are told by ${receivers.join(' and ')}`)]
  } catch (thrown) {
    return [problemOf('configuration', thrown)]
  }
}

async function repository(bench: Bench): Promise<Finding[]> {
  const { workshop, loaded } = bench
  const { git } = workshop
  const { gitDir } = git.repository
  const findings: Finding[] = []
  const head = await git.resolve('HEAD')
  const files = head === null ? new Map() : await git.files((await git.readCommit(head)).tree)
  if (existsSync(join(gitDir, 'shallow')))
    findings.push(
      note('repository', 'the clone is shallow: older commits cannot be looked at', 'git fetch --unshallow'),
    )
  const submodules = [...files].filter(([, { mode }]) => mode === '160000').map(([path]) => path)
  if (submodules.length > 0)
    findings.push(
      note(
        'repository',
        `submodules stay empty in trees: ${submodules.join(', ')}`,
        'Suites that need them cannot run.',
      ),
    )
  const attributes = files.get('.gitattributes')
  if (attributes !== undefined && /filter=lfs/.test((await git.readBlob(attributes.id)).toString('utf8')))
    findings.push(
      note('repository', 'files of Git LFS are pointers in trees', 'Suites that read them cannot run.'),
    )
  if (existsSync(join(gitDir, 'index.lock')))
    findings.push(
      note(
        'repository',
        `an index.lock is left in ${gitDir}: your own git will refuse to work, ours does not mind`,
        'Remove it if no git is running.',
      ),
    )
  findings.push(...(await targetProblem(bench)))
  const { authorName, sign } = loaded.config.git
  if (authorName === null && (await git.author()) === null)
    findings.push(
      note(
        'repository',
        'git knows no user name: commits will be those of "TDD Orchestrator"',
        'git config --global user.name "…", and the same for user.email',
      ),
    )
  if (sign !== 'off') {
    const tried = await commitSettings(git, loaded.config.git).then(
      ({ signer }) => (signer === null ? [] : [ok('repository', 'commits can be signed')]),
      (thrown: unknown) => [problemOf('repository', thrown)],
    )
    findings.push(...tried)
  }
  return findings
}

/** Before there is a plan, only the folder of its target is known. */
async function targetProblem({ workshop: { git }, loaded }: Bench): Promise<Finding[]> {
  const { target, mode } = loaded.config.git
  try {
    if (target === null) await requireRoomForTargets(git)
    else
      await findTarget(git, {
        recorded: null,
        title: '',
        asked: target,
        byFlag: false,
        branches: mode === 'branches',
      })
    return []
  } catch (thrown) {
    return [problemOf('repository', thrown)]
  }
}
