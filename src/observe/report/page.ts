import { createHash } from 'node:crypto'
import { attentionSection } from './attention-section.ts'
import { circuitsSection } from './circuits-section.ts'
import { eventsSection } from './events-section.ts'
import { graphSection } from './graph-section.ts'
import { headOf } from './head-section.ts'
import { bytesOf, type Html, html } from './html.ts'
import { clipped, signs } from './pieces.ts'
import { refusalsSection } from './refusals-section.ts'
import type { ReportFacts, ReportWork, Section } from './report-facts.ts'
import { REPORT_MAKER } from './report-mark.ts'
import { resourcesSection } from './resources-section.ts'
import { spendSection } from './spend-section.ts'
import { STYLE } from './style.ts'
import { tasksSection } from './tasks-section.ts'
import { timelineSection } from './timeline-section.ts'

/** Of the whole file; browsers still open it at once. */
export const MOST_BYTES = 5_000_000
/** Whatever tasks leave of it is more than all else can take. */
const BESIDE_TASKS = 100_000

interface ReportPage {
  readonly text: string
  readonly sections: readonly { readonly id: string; readonly title: string; readonly bytes: number }[]
  /** What is left out, in words. */
  readonly cut: readonly string[]
}

/** A run as one page: no script, nothing from elsewhere, and whatever others wrote is text. */
export function reportPage(report: ReportFacts, work: ReportWork): ReportPage {
  const { tasks } = report
  const head = headOf(report, work)
  const attention = attentionSection(tasks)
  const before = [...(attention === null ? [] : [attention]), graphSection(tasks), timelineSection(report)]
  const behind = [
    refusalsSection(tasks),
    circuitsSection(report),
    spendSection(report),
    resourcesSection(report),
    eventsSection(report),
  ]
  const taken = [head, ...[...before, ...behind].map(({ body }) => body)].reduce(
    (sum, piece) => sum + bytesOf(piece),
    BESIDE_TASKS,
  )
  const sections = [...before, tasksSection(tasks, work, MOST_BYTES - taken), ...behind]
  const cut = sections.flatMap((section) => section.cut)
  return {
    text: documentOf(report, { head, sections, cut }).text,
    sections: sections.map(({ id, title, body }) => ({ id, title, bytes: bytesOf(body) })),
    cut,
  }
}

const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE.text).digest('base64')}`

function documentOf(
  { run }: ReportFacts,
  parts: { readonly head: Html; readonly sections: readonly Section[]; readonly cut: readonly string[] },
): Html {
  const { head, sections, cut } = parts
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${REPORT_MAKER}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${clipped(run.title, 100)} (${run.state})</title>
<style>${STYLE}</style>
</head>
<body>
${signs()}
${head}
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${cut.length === 0 ? null : html`<section class="cut" aria-labelledby="cut-title"><h2 id="cut-title">What is left out</h2><ul>${cut.map((line) => html`<li>${line}</li>`)}</ul></section>`}
${sections.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`,
)}</main>
<footer><p>What the agents said is not part of a report: <code>orchestrator task log KEY</code>. Every landing can be proven again from git alone: <code>orchestrator prove</code>.</p></footer>
</body>
</html>
`
}
