import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import { circuitRules } from '../../src/config/circuit-rules.ts'

describe('the configured circuits', () => {
  it('are the defaults where nothing is configured', () => {
    expect(rulesOf({})).toEqual(DEFAULT_CIRCUITS)
  })

  it.each(['stage', 'worker'])('watch a rate at %s as soon as a share is given', (level) => {
    const rules = rulesOf({ [`circuits.${level}.rateShare`]: 0.5, [`circuits.${level}.rateOutcomes`]: 4 })
    expect(rules[level as 'stage' | 'worker'].rate).toEqual({
      share: 0.5,
      windowMs: 3_600_000,
      outcomes: 4,
      sources: 1,
    })
  })

  it.each<[Record<string, number>, RegExp]>([
    [{ 'circuits.stage.rateOutcomes': 4 }, /circuits\.stage contradict .* rateOutcomes says nothing/],
    [{ 'circuits.worker.rateSources': 1 }, /circuits\.worker contradict .* rateSources says nothing/],
    [{ 'circuits.worker.rateWindowMs': 9_000 }, /rateWindowMs says nothing without rateShare/],
    [{ 'circuits.worker.rateShare': 0.5, 'circuits.worker.rateSources': 2 }, /2 workers cannot have failed/],
    [{ 'circuits.stage.tasks': 2 }, /2 tasks cannot have failed/],
    [{ 'circuits.system.rateSources': 7 }, /7 cannot have failed in 6 outcomes/],
  ])('are refused where they contradict each other: %j', (flags, message) => {
    expect(() => rulesOf(flags)).toThrow(message)
  })
})

function rulesOf(flags: Readonly<Record<string, number>>) {
  return circuitRules(loadConfig({ root: null, env: { HOME: '/nowhere' }, flags }).config)
}
