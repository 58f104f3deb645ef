import type { DiffFile } from '../../domain/diff-files.ts'
import type { DiffPart } from '../../domain/diff-part.ts'
import { counted } from '../../domain/wording.ts'
import { type Html, html } from './html.ts'
import { clipped, code } from './pieces.ts'
import type { ReportTask } from './report-facts.ts'

/** What a task changed, or would have. */
export function diffPieces({ task, landed }: ReportTask, parts: readonly DiffPart[]): Html {
  const title = landed === null ? 'Work so far' : 'What landed'
  return html`<h4>${title}</h4>${parts.map((part) => diffPiece(part, clipped(task.definition.key, 80)))}`
}

/** Closed until somebody opens it. */
function diffPiece({ part, shown }: DiffPart, key: string): Html {
  if ('leftOut' in shown) {
    return html`<p class="quiet">${TITLES[part]}: not shown here, because ${shown.leftOut}. ${code(`orchestrator task diff ${key}`)}</p>`
  }
  const { files, moreFiles, cut } = shown
  const sum = (of: (file: DiffFile) => number): number => files.reduce((total, file) => total + of(file), 0)
  const amount = `${counted(files.length + moreFiles, 'file')}, +${sum(({ added }) => added)} −${sum(({ removed }) => removed)}`
  return html`<details class="diff"><summary>${TITLES[part]} <span class="quiet">${amount}</span></summary>
${files.map(fileOf)}${
  moreFiles > 0 ? html`<p class="quiet">${counted(moreFiles, 'more file')} left out.</p>` : null
}${cut ? html`<p class="quiet">Cut here; all of it: ${code(`orchestrator task diff ${key}`)}</p>` : null}</details>
`
}

const TITLES: Readonly<Record<DiffPart['part'], string>> = {
  tests: 'Tests',
  sources: 'Sources',
  refused: 'Refused last',
}

function fileOf({ path, note, added, removed, lines, moreLines }: DiffFile): Html {
  const more = moreLines > 0 ? html`<span class="quiet">… ${counted(moreLines, 'more line')}\n</span>` : null
  const noted = note === null ? null : html`<span class="quiet">${note}</span>`
  return html`<figure><figcaption><code>${path}</code> ${noted} <span class="quiet">+${added} −${removed}</span></figcaption>${
    lines.length === 0 && moreLines === 0
      ? null
      : html`<pre tabindex="0" aria-label="Changes of ${path}">${lines.map(lineOf)}${more}</pre>`
  }</figure>
`
}

const MARKS: Readonly<Record<string, string>> = { '+': 'add', '-': 'del', '@': 'hunk' }

function lineOf(line: string): Html {
  const mark = MARKS[line[0] ?? '']
  return mark === undefined ? html`${line}\n` : html`<span class="${mark}">${line}\n</span>`
}
