import { join } from 'node:path'
import type { Command, Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import type { ProofTree, SlotDirectories } from '../git/trees.ts'
import { commandEnvironment } from '../runtime/command-environment.ts'
import { NO_ROOM } from '../runtime/disk-guard.ts'
import type { ExecEnd } from '../runtime/exec.ts'
import { lackingMeans } from '../runtime/no-means.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import type { PlaceResult } from '../verify/verify.ts'
import type { Workshop } from './context.ts'
import type { Meter } from './meter.ts'
import type { ResourceTally } from './resource-tally.ts'
import type { Run } from './set-up.ts'
import { slotVariables } from './slot-variables.ts'
import { freshToolCaches } from './tool-caches.ts'

/** For whom commands run. */
export interface PlaceUse {
  readonly meter: Meter
  /** What its commands use is told here. */
  readonly tally?: ResourceTally
  readonly signal: AbortSignal
}

/** A slot of either kind. */
type CommandPlace = SlotDirectories & Partial<Pick<ProofTree, 'reports' | 'isInstalled'>>

/** Runs commands of a suite in a slot: contained, metered, within the limits. */
export function placeRunner(
  world: Workshop,
  use: PlaceUse,
  where: { readonly suite: Suite; readonly place: CommandPlace },
): Run {
  const { suite, place } = where
  const { tally } = use
  const { directory, home, temp, reports, isInstalled = () => false } = place
  return (command, readOnly, forSetup) =>
    use.meter.during('verify', async () => {
      const caches = await freshToolCaches(directory, readOnly, isInstalled)
      const result = await world.exec.contained(
        {
          argv: nonEmpty(command.argv),
          cwd: join(directory, command.cwd),
          env: {
            ...commandEnvironment({
              base: world.environment,
              home,
              temp,
              tdd: { TDD_SUITE: suite.name, ...(await slotVariables(world, place.slot)) },
              extra: { ...world.places.env[suite.name], ...suite.env, ...command.env },
            }),
            ...forSetup,
          },
          ...(tally === undefined ? {} : { onSample: (sample) => tally.hear(sample) }),
          writable: [directory, home, temp, ...(reports === undefined ? [] : [reports]), ...caches],
          readOnly,
          hidden: world.hidden,
          visible: world.visible,
          limits: {
            wallMs: command.wallMs,
            outputBytes: command.outputBytes,
            memoryBytes: world.settings.memoryBytes,
            processes: world.settings.processes,
            diskBytes: forSetup === undefined ? world.settings.diskBytes : world.settings.setupDiskBytes,
            stallMs: null,
          },
        },
        use.signal,
      )
      use.signal.throwIfAborted()
      return {
        end: placeEnd(result.end),
        stdout: withoutPlace(world, result.stdout.toString('utf8')),
        stderr: withoutPlace(world, result.stderr.toString('utf8')),
        durationMs: result.durationMs,
      }
    })
}

/** A text that a command wrote, with no secret of the files that this place has. */
export function withoutPlace({ places }: Workshop, text: string): string {
  return places.secrets.length === 0 ? text : redactSecrets(text, secretForms(places.secrets))
}

function placeEnd(end: ExecEnd): PlaceResult['end'] {
  switch (end.kind) {
    case 'exited':
    case 'signaled':
      return end
    case 'timeout':
    case 'stalled':
      return { kind: 'timeout' }
    case 'aborted':
      return { kind: 'signaled', signal: 'SIGKILL' }
    case 'limit':
      if (end.which !== 'room' && end.which !== 'full') return end
      throw new OrchestratorError('slot_failed', NO_ROOM[end.which], {
        hint: 'Make room on the disk of the state, or move it elsewhere with state.directory.',
      })
    case 'not_started':
      if (lackingMeans(end.code) !== null) throw new OrchestratorError('slot_failed', end.message)
      return { kind: 'not_started', message: `${end.code}: ${end.message}` }
  }
}

function nonEmpty(argv: Command): [string, ...string[]] {
  const [program, ...rest] = argv
  if (program === undefined) throw new OrchestratorError('config_invalid', 'a command is an empty list')
  return [program, ...rest]
}
