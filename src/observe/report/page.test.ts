import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsedPage } from '../../../test/support/parsed-page.ts'
import { BEGAN, reportAttempt, reportFacts, reportTask } from '../../../test/support/report-sample.ts'
import { spendOf, taskDefinition } from '../../../test/support/store-data.ts'
import { newCircuit } from '../../domain/circuit.ts'
import type { DiffPart } from '../../domain/diff-part.ts'
import type { TaskState } from '../../domain/task.ts'
import type { Refusal } from '../../domain/verdict.ts'
import { spelledOut } from '../../domain/plain-text.ts'
import { MOST_BYTES, reportPage } from './page.ts'
import type { ReportFacts, ReportTask, ReportWork } from './report-facts.ts'

describe('the page of a report', () => {
  it('has a heading for each part, tables with headings, and drawings with words for those who cannot see them', () => {
    const { text, sections } = reportPage(everything('x'), work('x'))
    const page = parsedPage(text)
    expect(sections.map(({ id }) => id)).toEqual([
      'attention',
      'graph',
      'timeline',
      'tasks',
      'refusals',
      'circuits',
      'spend',
      'resources',
      'events',
    ])
    expect(page.elements('h1', 'h2')).toEqual(['h1', ...sections.map(() => 'h2')])
    expect(text.match(/<svg(?![^>]*(aria-hidden="true"|role="img" aria-label="|class="node))/g)).toBe(null)
    expect(page.elements('table').length).toBeLessThanOrEqual(text.match(/<th scope="col"/g)?.length ?? 0)
    expect(text).not.toMatch(/\bid="([^"]+)"[\s\S]*\bid="\1"/)
  })

  it('draws what an attempt used over time', () => {
    const { text } = reportPage(everything('x'), work('x'))
    expect(text).toMatch(/<svg class="curve" [^>]*aria-label="third green 1 over 4\.0 s: up to 286\.1 MiB"/)
  })

  it('allows itself nothing but its own style', () => {
    const { text } = reportPage(everything('x'), work('x'))
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(text).toContain(`default-src 'none'; style-src 'sha256-${hash}'`)
    expect(text).not.toMatch(/url\((?!#)|@import|https?:/)
  })

  it('is the same page whatever others wrote into names, facts, diffs and numbers', () => {
    const plain = parsedPage(pageOf('x')).shape
    fc.assert(
      fc.property(hostile, (value) => {
        const page = parsedPage(pageOf(`x${value}`))
        expect(page.shape).toBe(plain)
        expect(page.text).toContain(spelledOut(`x${value}`))
      }),
      { seed: 3, numRuns: 60 },
    )
  })

  it('says at the top that the run was still going, and when the page was made', () => {
    const run = { ...reportFacts().run, state: 'running' as const, endedAt: null }
    const page = parsedPage(reportPage(reportFacts({ run }), work('x')).text)
    expect(page.text).toMatch(/This run was still going\..* 2026-01-02 10:21:30 UTC/)
    expect(page.text).toContain('Next: orchestrator attach')
    expect(parsedPage(pageOf('x')).text).not.toContain('still going')
  })

  it('stays small however much there is, keeps what has not landed, and says what it left out', () => {
    const lines = Array.from({ length: 300 }, (_, line) => `+${line} ${'<'.repeat(80)}`)
    const diff: DiffPart = {
      part: 'sources',
      shown: {
        files: [{ path: 'a', note: null, added: 300, removed: 0, lines, moreLines: 0 }],
        moreFiles: 0,
        cut: false,
      },
    }
    const tasks = Array.from({ length: 1_000 }, (_, index) =>
      taskOf(`T-${index}`, index === 999 ? failed('the reason') : { state: 'completed', merge: 'm' }),
    )
    const diffs = new Map(tasks.map(({ task }) => [task.definition.key, [diff]]))
    const { text, cut } = reportPage(reportFacts({ tasks }), { head: null, diffs })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES)
    expect(text.slice(text.indexOf('id="task-1000"'))).toContain('<figure>')
    expect(text.match(/>Attempts<\/h4>/g)?.length).toBeGreaterThan(500)
    expect(cut.join('\n')).toMatch(/told without the diff/)
    expect(parsedPage(text).text).toContain('What is left out')
  })

  it('stays small where every text is as long and as bad as it can be', () => {
    const bad = '\u202e'.repeat(3_000)
    const tasks = Array.from({ length: 3_000 }, (_, index) => taskOf(`${bad}${index}`, failed(bad), bad))
    const { text, cut } = reportPage({ ...everything(bad), tasks }, { head: bad, diffs: new Map() })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES)
    expect(cut.join('\n')).toMatch(/tasks of 3000 are not listed/)
  })
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    '</style><style>*{display:none}</style>',
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    '</title><meta http-equiv=refresh content="0;url=//x">',
    '<!--',
    '-->',
    ']]><svg/onload=alert(1)>',
    '</svg></pre></details><base href=//x>',
    '&lt;b&gt; &#0; &notin',
    '\u001b]8;;http://x\u0007\u202e\u2067',
    '${1} $& $1 \\u0041',
  ),
)

function pageOf(value: string): string {
  return reportPage(everything(value), work(value)).text
}

function failed(reason: string): TaskState {
  return { state: 'failed', refusal: null, reason }
}

/** A task of which everything that others name is this value. */
function taskOf(key: string, state: TaskState, value = key): ReportTask {
  const refusal: Refusal = {
    code: 'tests_failed',
    fact: value,
    hint: value,
    details: [`detail ${value} more`],
  }
  const waivers = [{ code: 'weak_test', reason: value, person: value }] as const
  const work = { base: value, red: value, green: value, evidence: value, waivers }
  const person = {
    person: value,
    directory: value,
    base: value,
    asks: null,
    giveBack: false,
    waivers,
    problem: value,
  }
  const outcomes = [
    { kind: 'refused', refusals: [refusal], base: value, tree: value },
    { kind: 'gave_up', cause: 'crash', detail: value },
    { kind: 'disputed', reason: value },
    { kind: 'lost', cause: 'infrastructure', detail: value, retryAt: null },
    { kind: 'accepted', work },
  ] as const
  return reportTask(key, {
    task: {
      ...reportTask(key).task,
      state,
      note: value,
      person,
      definition: taskDefinition(key, {
        title: value,
        goal: value,
        suite: value,
        criteria: [{ id: value, text: value, requirements: [] }],
        tests: [value],
        sources: [value],
        dependsOn: [value],
      }),
    },
    attempts: outcomes.map((outcome, index) =>
      reportAttempt('green', {
        id: index + 1,
        task: key,
        number: index + 1,
        worker: value,
        agent: value,
        outcome,
        startedAt: BEGAN + index * 2_000,
        endedAt: BEGAN + index * 2_000 + 1_000,
        spend: spendOf(1, 4),
      }),
    ),
    returns: [{ task: key, generation: 1, afterAttempt: 1, head: value, kind: 'sources_conflict', refusal }],
    landed: {
      run: 'run-1',
      task: key,
      target: value,
      merge: value,
      red: value,
      green: value,
      evidence: value,
      landedAt: BEGAN + 20_000,
    },
    proven: [
      { file: value, name: value, criteria: [value], without: value },
      { file: value, name: value, criteria: [], without: value },
    ],
  })
}

function everything(value: string): ReportFacts {
  const plain = reportFacts()
  const circuit = { run: 'run-1', level: 'stage', identifier: value } as const
  return reportFacts({
    run: { ...plain.run, title: value, reason: value, target: value, base: value, agent: value },
    tasks: [
      taskOf(value, { state: 'completed', merge: value }),
      taskOf('second', failed(value), value),
      taskOf('third', { state: 'blocked', by: [value] }, value),
    ],
    spend: { ...plain.spend, ...spendOf(3, 12), estimated: spendOf(1, 4) },
    circuits: [{ ...circuit, circuit: newCircuit(BEGAN), ended: null, triedBy: null, gone: [] }],
    circuitHistory: [
      { ...circuit, at: BEGAN, kind: value, from: null, to: null, cause: value, data: { said: value } },
    ],
    events: [{ kind: value, count: 3 }],
    resources: [
      {
        attempt: 1,
        cpuMs: 1_500,
        peakBytes: 3e8,
        processes: 4,
        points: [
          { atMs: 2_000, cpuMs: 1_000, bytes: 3e8, processes: 4 },
          { atMs: 4_000, cpuMs: 500, bytes: 1e8, processes: 1 },
        ],
      },
    ],
  })
}

function work(value: string): ReportWork {
  const file = { path: value, note: value, added: 1, removed: 0, lines: [`+${value}`], moreLines: 2 }
  const parts: DiffPart[] = [
    { part: 'tests', shown: { files: [file], moreFiles: 1, cut: true } },
    { part: 'sources', shown: { leftOut: value } },
  ]
  return { head: value, diffs: new Map([[value, parts]]) }
}
