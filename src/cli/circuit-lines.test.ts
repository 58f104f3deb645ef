import { describe, expect, it } from 'vitest'
import type { CircuitsStatus } from '../protocol/output/circuits-report.ts'
import { circuitLines, resetLines } from './circuit-lines.ts'

type Circuit = CircuitsStatus['circuits'][number]

describe('the tree of circuits', () => {
  it('has the run above workers above the stages that they tried', () => {
    const all = [
      circuit('stage', 'A:green', { triedBy: 'worker_2' }),
      circuit('stage', 'B:red', { triedBy: 'worker_10' }),
      circuit('stage', 'C:red'),
      circuit('system', 'system'),
      circuit('worker', 'worker_2'),
    ]
    expect(treeOf(all, all)).toEqual([
      'system:system  closed  for 10.0 s',
      '  worker:worker_2  closed  for 10.0 s',
      '    stage:A:green  closed  for 10.0 s',
      '  worker:worker_10  closed',
      '    stage:B:red  closed  for 10.0 s',
      '  stage:C:red  closed  for 10.0 s',
    ])
  })

  it('shows what is above a chosen one as it is, also where it counted no failure', () => {
    const chosen = circuit('stage', 'A:green', { triedBy: 'worker_1' })
    const system = circuit('system', 'system', {
      state: 'open',
      cause: null,
      probeAt: null,
      next: 'reset it',
    })
    expect(treeOf([chosen], [chosen])).toEqual([
      'system:system  closed',
      '  worker:worker_1  closed',
      '    stage:A:green  closed  for 10.0 s',
    ])
    expect(treeOf([chosen], [chosen, system])[0]).toMatch(/^system:system +open +for 10.0 s +only a person/)
    expect(treeOf([], [chosen])).toEqual(['No circuit is like that.'])
  })

  it('advises first what still holds something back', () => {
    const failed = circuit('stage', 'A:green', { state: 'open', ended: 'task_failed', next: 'retry A' })
    const held = circuit('stage', 'B:green', { state: 'open', next: 'reset B' })
    expect(treeOf([failed, held], [failed, held]).at(-1)).toBe('Next: reset B (when its cause is mended)')
    expect(treeOf([failed], [failed]).at(-1)).toBe('Next: retry A (when its cause is mended)')
    const worker = circuit('worker', 'worker_1', { state: 'open', next: 'reset the worker' })
    const system = circuit('system', 'system', { state: 'open', next: 'reset the run' })
    const all = [failed, held, worker, system]
    expect(treeOf(all, all).at(-1)).toBe('Next: reset the run (when its cause is mended)')
    expect(treeOf([failed, held, worker], all).at(-1)).toMatch(/^Next: reset the worker /)
  })

  it('says of a worker that has retired when it comes back', () => {
    const next = 'orchestrator circuits reset worker:worker_1'
    const retired = circuit('worker', 'worker_1', { state: 'open', ended: 'worker_retired', next })
    const lines = treeOf([retired], [retired])
    expect(lines[1]).toMatch(/the worker has retired: circuits reset worker:worker_1$/)
    expect(lines.at(-1)).toMatch(/mended; the worker comes back with the next start of the run\)$/)
    const reset = {
      level: 'worker',
      id: 'worker_1',
      from: 'open',
      next: 'orchestrator run --resume',
    } as const
    expect(resetLines([reset])).toEqual([
      'worker:worker_1 was open and is closed. The worker comes back by: orchestrator run --resume',
      '',
      'Next: orchestrator run --resume',
    ])
  })

  it('says of a half open one what probes it, and what comes next where nothing does', () => {
    const told = (over: Partial<Circuit>) => {
      const all = [circuit('system', 'system', { state: 'half_open', ...over })]
      return treeOf(all, all)[0]
    }
    const until = { probesUntil: 70_000 }
    expect(told({})).toBe('system:system  half open  for 10.0 s  the next that comes is a probe')
    expect(told({ probes: 1, ...until })).toMatch(/ {2}1 probe under way, counts as lost in 1 min$/)
    expect(told({ probesGone: 1, ...until })).toMatch(
      / {2}1 probe whose attempt or process is gone, counts as lost in 1 min$/,
    )
  })
})

/** At ten seconds, without the spaces that bring columns below each other. */
function treeOf(circuits: readonly Circuit[], all: readonly Circuit[]): string[] {
  const lines = circuitLines({ circuits }, { all, now: 10_000 })
  return lines.map((line) => line.replaceAll(/(\S) {2,}/g, '$1  '))
}

function circuit(level: Circuit['level'], id: string, over: Partial<Circuit> = {}): Circuit {
  return {
    level,
    id,
    state: 'closed',
    since: 0,
    failures: 0,
    probes: 0,
    probesGone: 0,
    probesUntil: null,
    probeAt: null,
    trips: 0,
    extensions: 0,
    cause: null,
    flapping: false,
    ended: null,
    next: null,
    triedBy: null,
    ...over,
  }
}
