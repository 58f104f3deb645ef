import fc from 'fast-check'
import { parseFragment } from 'parse5'
import { describe, expect, it } from 'vitest'
import { spelledOut } from '../../domain/plain-text.ts'
import { type Html, html, joined, svg } from './html.ts'
import { clipped } from './pieces.ts'

describe('html', () => {
  it('escapes every value that is not Html', () => {
    expect(text(html`<p title="${'"><script>'}">${'<b>&\'"</b>'}</p>`)).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&#39;&quot;&lt;/b&gt;</p>',
    )
  })

  it('takes Html, lists of it, numbers, and leaves out null', () => {
    const items = ['a', '<'].map((item) => html`<li>${item}</li>`)
    expect(text(html`<ul>${items}</ul>${3}${null}`)).toBe('<ul><li>a</li><li>&lt;</li></ul>3')
    expect(text(joined([html`<i></i>`, svg`<g></g>`]))).toBe('<i></i><g></g>')
  })

  it('shows nothing that has the shape of a secret, also where it lies across a cut', () => {
    const key = `ghp_${'A1b2C3d4E5'.repeat(4)}`
    expect(text(html`<p title="${key}">said ${key}</p>`)).toBe('<p title="[redacted]">said [redacted]</p>')
    expect(clipped(`said ${key}`, 20)).toBe('said [redacted]')
  })

  it('makes of any text one text node and one value, as a parser of HTML sees it', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const page = text(html`<p title="${value}">${value}</p>`)
        const [element, ...others] = parseFragment(page).childNodes
        if (element === undefined || !('attrs' in element)) throw new Error('no element')
        expect(others).toEqual([])
        expect(element.attrs).toEqual([{ name: 'title', value: spelledOut(value) }])
        const inside = element.childNodes.map((node) => ('value' in node ? node.value : node.nodeName))
        expect(inside).toEqual(value === '' ? [] : [spelledOut(value)])
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})

function text(made: Html): string {
  return made.text
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", '/', '!', '-', 'script', '\r', '\0', '`', '=', ']]>'),
  }),
)
