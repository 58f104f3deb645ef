import { describe, expect, it } from 'vitest'
import { refusal } from '../../../test/support/store-data.ts'
import { reportAttempt, reportTask } from '../../../test/support/report-sample.ts'
import { wantedDiffs } from './wanted-diffs.ts'

const work = { base: 'b', red: 'r', green: 'g', evidence: 'e' }
const accepted = reportAttempt('green', { outcome: { kind: 'accepted', work } })
const refused = (code: Parameters<typeof refusal>[0], tree: string | null) =>
  reportAttempt('fix', { outcome: { kind: 'refused', refusals: [refusal(code)], base: 'g', tree } })

describe('the diffs that a report wants', () => {
  it('are those of the tests and of the sources that landed', () => {
    const landed = {
      run: 'r',
      task: 'A',
      target: 't',
      merge: 'm',
      red: 'r',
      green: 'g',
      evidence: 'e',
      landedAt: 1,
    }
    expect(wantedDiffs([reportTask('A', { attempts: [refused('flaky', 'x'), accepted], landed })])).toEqual([
      { task: 'A', part: 'tests', from: 'b', to: 'r' },
      { task: 'A', part: 'sources', from: 'r', to: 'g' },
    ])
  })

  it('are what was accepted and what was refused last of a task that has not landed', () => {
    expect(wantedDiffs([reportTask('A', { attempts: [accepted, refused('flaky', 'x')] })])).toMatchObject([
      { part: 'tests' },
      { part: 'sources' },
      { task: 'A', part: 'refused', from: 'g', to: 'x' },
    ])
  })

  it('are none of work that is not kept, that was refused before something was accepted, or that holds a secret', () => {
    expect(wantedDiffs([reportTask('A', { attempts: [refused('flaky', null)] })])).toEqual([])
    expect(wantedDiffs([reportTask('A', { attempts: [refused('flaky', 'x'), accepted] })])).toHaveLength(2)
    expect(wantedDiffs([reportTask('A', { attempts: [refused('secret_found', 'x')] })])).toEqual([])
  })

  it('leave out tests where a task has none of its own', () => {
    const own = reportAttempt('green', { outcome: { kind: 'accepted', work: { ...work, red: 'b' } } })
    expect(wantedDiffs([reportTask('A', { attempts: [own] })])).toEqual([
      { task: 'A', part: 'sources', from: 'b', to: 'g' },
    ])
  })
})
