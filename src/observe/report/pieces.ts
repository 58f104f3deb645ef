import type { TaskStateName } from '../../domain/task.ts'
import { redactSecrets } from '../../runtime/redact-secrets.ts'
import { type Html, html, type HtmlValue, svg } from './html.ts'

/** Small things that every part of the page is made of. */

/** Text of others, no longer than this; says how much is missing. */
export function clipped(text: string, most: number): string {
  // Before it is cut: part of a secret has no shape.
  const clean = redactSecrets(text)
  if (clean.length <= most) return clean
  // Not between the halves of one character.
  const kept = clean.slice(0, most).replace(/[\ud800-\udbff]$/, '')
  return `${kept} … (${clean.length - kept.length} more characters)`
}

/** A name where there is little room. */
export function shortName(name: string, most: number): string {
  return name.length <= most ? name : `${name.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** An instant; everybody's clock shows the same. */
export function instant(at: number): Html {
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}

export function code(text: string): Html {
  return html`<code>${text}</code>`
}

/** The first characters of an id of git; the whole of it is told when pointed at. */
export function commit(id: string): Html {
  return html`<code title="${id}">${id.slice(0, 10)}</code>`
}

/** Names with values; what has none is left out. */
export function facts(pairs: readonly (readonly [string, HtmlValue])[]): Html {
  const rows = pairs.filter(([, value]) => value !== null && value !== '')
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

interface Column {
  readonly name: string
  /** Numbers stand right; what is told in sentences gets room and may break anywhere. */
  readonly kind?: 'number' | 'text'
}

const CLASSES = { number: 'n', text: 'x' } as const

/** The first cell of each row names it. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly HtmlValue[])[],
): Html {
  const classes = columns.map(({ kind }) => (kind === undefined ? null : html` class="${CLASSES[kind]}"`))
  const heads = columns.map(({ name }, index) => html`<th scope="col"${classes[index] ?? null}>${name}</th>`)
  const body = rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${classes[index] ?? null}>${cell}</td>`,
    )
    return html`<tr>${cells}</tr>\n`
  })
  return wide(
    caption,
    html`<table><caption>${caption}</caption><thead><tr>${heads}</tr></thead><tbody>
${body}</tbody></table>`,
  )
}

/** Something that may be wider than the page; can be moved by keys as well. */
export function wide(label: string, inside: Html): Html {
  return html`<div class="wide" role="region" aria-label="${label}" tabindex="0">${inside}</div>`
}

export const STATE_WORDS: Readonly<Record<TaskStateName, string>> = {
  pending: 'waits for others',
  available: 'can be claimed',
  running: 'being worked',
  landing: 'landing',
  completed: 'landed',
  retryable: 'to be tried again',
  blocked: 'blocked',
  failed: 'failed',
  needs_human: 'waits for a person',
  cancelled: 'cancelled',
}

/** One sign for each state, told apart by shape as well; the word always stands beside it. */
export function stateSign(state: TaskStateName): Html {
  return html`<svg class="sign s-${state}" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><use href="#sign-${state}"/></svg>`
}

const RING = svg`<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/>`
const DISC = svg`<circle cx="8" cy="8" r="7" fill="currentColor"/>`

const SIGNS: Readonly<Record<TaskStateName, Html>> = {
  pending: svg`<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2.4 2.2"/>`,
  available: RING,
  running: svg`${RING}<path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/>`,
  landing: svg`${RING}<path d="M8 4.5v6M5.4 8.2 8 10.8l2.6-2.6" fill="none" stroke="currentColor" stroke-width="1.8"/>`,
  completed: svg`${DISC}<path d="m4.6 8.3 2.3 2.3 4.5-4.9" fill="none" class="hole" stroke-width="1.9"/>`,
  retryable: svg`<path d="M13.2 6A5.8 5.8 0 1 0 13.8 9M13.6 2.4v3.8H9.8" fill="none" stroke="currentColor" stroke-width="2"/>`,
  blocked: svg`${RING}<path d="M4.5 8h7" stroke="currentColor" stroke-width="2.2"/>`,
  failed: svg`<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor"/><path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" fill="none" class="hole" stroke-width="1.9"/>`,
  needs_human: svg`<path d="M8 .8 15.6 14.6H.4z" fill="currentColor"/><path d="M8 5.4v4.4m0 1.3v1.7" class="hole" stroke-width="1.9"/>`,
  cancelled: svg`${RING}<path d="m4 12 8-8" stroke="currentColor" stroke-width="2"/>`,
}

/** Drawn once; everything else points to it. */
export function signs(): Html {
  const all = Object.entries(SIGNS).map(
    ([state, drawing]) => svg`<symbol id="sign-${state}" viewBox="0 0 16 16">${drawing}</symbol>`,
  )
  return html`<svg class="defs" width="0" height="0" aria-hidden="true"><defs>${all}</defs></svg>`
}
