import { accessSync, constants } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type BubblewrapFeatures, bubblewrapOptions, sandboxAdvice } from './bubblewrap.ts'
import { type Clock, systemClock } from './clock.ts'
import { DiskGuard } from './disk-guard.ts'
import type { ContainmentReport, Exec } from './exec.ts'
import { runContained } from './exec-contained.ts'
import { killMarked } from './exec-ending.ts'
import { openHostSession, runHost } from './exec-host.ts'
import { SAMPLE_MS } from './exec-watch.ts'
import { ProcessSampler } from './process-sampler.ts'
import { linuxProcesses, type ProcessSource, psProcesses } from './process-tree.ts'
import { sharedListing } from './shared-listing.ts'

interface ExecOptions {
  /** Names this process among all that ever ran here, so that its leftovers can be told apart: letters, digits, `-`, `_`. */
  readonly ownerId: string
  /** `auto` (default) uses the sandbox of the machine where there is one; `off` does without. */
  readonly sandbox?: 'auto' | 'off'
  /** The person's home, whose credentials contained commands must not see. Default: the one of the account. */
  readonly home?: string
  /** Where the sandbox program is looked for. Default: the usual system directories. */
  readonly toolPath?: string
  readonly clock?: Clock
  /** How often it is looked what commands use. Default 2,000 ms. */
  readonly sampleMs?: number
}

interface Found {
  readonly sandbox: { readonly program: string; readonly features: BubblewrapFeatures } | null
  readonly report: ContainmentReport
}

const TOOL_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/run/current-system/sw/bin'
const PROBE_MS = 10_000
const USE_SAMPLE_MS = 2_000

/** Opens the door to other processes. Starts nothing; the sandbox is looked for when it is first needed. */
export function createExec(options: ExecOptions): Exec {
  if (!/^[\w-]+$/.test(options.ownerId)) {
    throw new Error(`an owner id has only letters, digits, "-" and "_": ${JSON.stringify(options.ownerId)}`)
  }
  const clock = options.clock ?? systemClock
  const source = processSource()
  const list = sharedListing(source, SAMPLE_MS / 2)
  const everyMs = options.sampleMs ?? USE_SAMPLE_MS
  const sampler = source === linuxProcesses ? new ProcessSampler({ list, source, everyMs }) : null
  const homes = [...new Set([options.home ?? homedir(), userInfo().homedir])]
  const disk = new DiskGuard()
  const live = new Set<string>()
  let found: Promise<Found> | null = null
  const sandboxOf = (): Promise<Found> => {
    found ??= findSandbox(options)
    return found
  }
  return {
    host: runHost,
    hostSession: openHostSession,
    contained: async (command, signal) => {
      const { sandbox } = await sandboxOf()
      const mark = `${options.ownerId}.${clock.id(20)}`
      live.add(mark)
      try {
        return await runContained({ source, list, sandbox, homes, disk, mark, sampler }, command, signal)
      } finally {
        live.delete(mark)
      }
    },
    containment: async () => (await sandboxOf()).report,
    endOrphans: (ownerId) => killMarked(source, `${ownerId}.`, (mark) => live.has(mark)),
  }
}

function processSource(): ProcessSource {
  if (process.platform === 'linux') return linuxProcesses
  return psProcesses(async (args) => {
    const { stdout } = await runHost({
      argv: ['/bin/ps', ...args],
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    })
    return stdout.toString('utf8')
  })
}

async function findSandbox(options: ExecOptions): Promise<Found> {
  const without = (advice: string): Found => ({
    sandbox: null,
    report: { contained: false, by: 'process_group', advice },
  })
  if (options.sandbox === 'off') return without('The sandbox is switched off.')
  const toolPath = options.toolPath ?? TOOL_PATH
  const program = process.platform === 'linux' ? findProgram('bwrap', toolPath) : null
  if (program === null) return without(sandboxAdvice(process.platform, { program, complaint: '' }))
  let complaint = ''
  for (const features of candidates()) {
    const probe = await runHost({
      argv: [
        program,
        ...bubblewrapOptions({ features, cwd: '/', env: { PATH: toolPath }, mounts: [], links: [] }),
        '--',
        'true',
      ],
      cwd: '/',
      env: { PATH: toolPath },
      timeoutMs: PROBE_MS,
    })
    if (probe.end.kind === 'exited' && probe.end.code === 0) {
      return { sandbox: { program, features }, report: { contained: true, by: 'bubblewrap', advice: null } }
    }
    complaint ||= probe.stderr.toString('utf8').trim() || JSON.stringify(probe.end)
  }
  return without(sandboxAdvice(process.platform, { program, complaint }))
}

/** From the best to what old versions and small containers can do. */
function candidates(): BubblewrapFeatures[] {
  const namespaces = process.getuid?.() === 0 ? [false, true] : [false]
  return [true, false].flatMap((sizes) => namespaces.map((userNamespace) => ({ userNamespace, sizes })))
}

function findProgram(name: string, toolPath: string): string | null {
  for (const directory of toolPath.split(':')) {
    const path = join(directory, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this directory; the next one may have it.
    }
  }
  return null
}
