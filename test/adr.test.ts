import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const DIRECTORY = join(import.meta.dirname, '../docs/adr')
const HEADINGS = [
  'Status',
  'Context',
  'Options',
  'Decision',
  'Consequences',
  'Migration',
  'Monitoring',
  'Impact on circuits and the worker pool',
  'Risks',
]
const CONSEQUENCES = ['Positive', 'Negative', 'Neutral']
const STATUS = /^(Proposed|Accepted|Deprecated|Superseded)\b/

const files = readdirSync(DIRECTORY).sort()

interface Section {
  readonly heading: string
  /** Text before the first heading below it. */
  readonly text: string
  readonly below: readonly Section[]
}

describe('decision records', () => {
  it('are numbered without a hole, and named after what they decide', () => {
    const wanted = files.map((_, index) => String(index + 1).padStart(4, '0'))
    expect(files.map((file) => file.slice(0, 4))).toEqual(wanted)
    expect(files.filter((file) => !/^\d{4}(-[a-z0-9]+)+\.md$/.test(file))).toEqual([])
    expect(files.length).toBeGreaterThan(0)
  })

  describe.each(files)('%s', (file) => {
    const text = readFileSync(join(DIRECTORY, file), 'utf8')
    const sections = sectionsOf(text, '## ')
    const section = (heading: string): Section =>
      sections.find((found) => found.heading === heading) ?? { heading, text: '', below: [] }

    it('has its number and decision as title', () => {
      expect(text.split('\n')[0]).toMatch(new RegExp(`^# ADR-${file.slice(0, 4)}: \\S.+`))
    })

    it('has every heading once, in order, and says something under each', () => {
      expect(sections.map(({ heading }) => heading)).toEqual(HEADINGS)
      expect(section('Consequences').below.map(({ heading }) => heading)).toEqual(CONSEQUENCES)
      const leaves = sections.flatMap((found) => (found.below.length === 0 ? [found] : found.below))
      expect(leaves.filter((leaf) => leaf.text === '').map(({ heading }) => heading)).toEqual([])
    })

    it('has a known status', () => {
      expect(section('Status').text).toMatch(STATUS)
    })

    it('weighs at least two options, each with evidence', () => {
      const options = section('Options').below
      expect(options.length).toBeGreaterThanOrEqual(2)
      expect(options.filter((option) => !/Evidence/.test(option.text)).map(({ heading }) => heading)).toEqual(
        [],
      )
    })
  })
})

function sectionsOf(text: string, mark: '## ' | '### '): Section[] {
  const [, ...parts] = `\n${text}`.split(`\n${mark}`)
  return parts.map((part) => {
    const [heading = '', ...lines] = part.split('\n')
    const body = lines.join('\n')
    const below = mark === '## ' ? sectionsOf(body, '### ') : []
    const own = below.length === 0 ? body : (`\n${body}`.split('\n### ')[0] ?? '')
    return { heading: heading.trim(), text: own.trim(), below }
  })
}
