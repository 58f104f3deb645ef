import { describe, expect, it } from 'vitest'
import type { Figure, SuiteResult } from '../bench/figure.ts'
import { pagesOf } from '../scripts/benchmarks.ts'

const MACHINE = {
  cpu: 'A processor',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  node: 'v24.0.0',
  git: '2.40.0',
  kernel: '6.1',
  fileSystem: 'ext4',
}

const FIGURE: Figure = {
  name: 'a <thing> | done',
  ours: 60,
  unit: 'ms',
  anchor: 'node -e 0',
  theirs: 40,
  ratio: 1.5,
  goal: '<= 1.3 times',
  met: false,
}

function suiteOf(...figures: readonly Figure[]): SuiteResult {
  return { suite: 'cli', measuredOn: '2030-01-01', machine: MACHINE, figures }
}

describe('the page of benchmarks', () => {
  it('tells each figure with its anchor, its goal and whether it was met, and where and how it was measured', () => {
    const page = pagesOf([suiteOf(FIGURE)], '<!-- note -->')['docs/benchmarks.md'] ?? ''
    expect(page).toContain('| a <thing> \\| done | 60 ms | node -e 0: 40 ms | 1.5 | <= 1.3 times | **no** |')
    expect(page).toContain(
      '`npm run bench -- cli`, 2030-01-01: 0 of 1 goals met. A processor, 2 cores, 8 GiB;',
    )
    expect(page).toContain('(benchmarks/cli.svg)')
  })

  it('draws what each figure takes of its goal, whichever way the goal goes', () => {
    const fast = { ...FIGURE, name: 'fast', ratio: 40, goal: '>= 10 times', met: true }
    const part = { ...FIGURE, name: 'part', ratio: 0.1, goal: '<= 1/5 of it', met: true }
    const plain = {
      ...FIGURE,
      name: 'plain',
      ours: 10,
      ratio: null,
      anchor: null,
      theirs: null,
      goal: '<= 20 ms',
      met: true,
    }
    const svg = pagesOf([suiteOf(FIGURE, fast, part, plain)], '')['docs/benchmarks/cli.svg'] ?? ''
    const shares = [...svg.matchAll(/>([\d.]+)×<\/text>\n/g)].map(([, share]) => Number(share))
    expect(svg).toContain('a &lt;thing&gt; | done (goal &lt;= 1.3 times)')
    expect(shares).toEqual(expect.arrayContaining([1.2, 0.25, 0.5]))
    expect(svg.match(/class="missed"/g)).toHaveLength(1)
  })

  it('has no chart of a suite whose goals are no numbers, and no section of one that was not kept', () => {
    const pages = pagesOf([suiteOf({ ...FIGURE, goal: 'as it is' })], '')
    expect(Object.keys(pages)).toEqual(['docs/benchmarks.md'])
    expect(pages['docs/benchmarks.md']).not.toContain('engine')
  })
})
