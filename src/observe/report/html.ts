import { spelledOut } from '../../domain/plain-text.ts'
import { redactSecrets } from '../../runtime/redact-secrets.ts'

/** A piece of a page. Only the tags below make it, so whatever is not Html is text of others and escaped. */
export class Html {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  get text(): string {
    return this.#text
  }

  /** Of parts that stand in the source, and values from anywhere. */
  static of(parts: TemplateStringsArray, values: readonly HtmlValue[]): Html {
    return new Html(
      parts.reduce((text, part, index) => `${text}${valueText(values[index - 1] ?? null)}${part}`),
    )
  }

  /** Whether a value is one that the tags made; one that only looks like it is not. */
  static is(value: object): value is Html {
    return #text in value
  }
}

export type HtmlValue = Html | string | number | null | readonly HtmlValue[]

/** Markup with values in it. Attributes have to be quoted. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(parts, values)
}

/** The same for drawings: a name of its own lets readers see which is which. */
export const svg = html

export function joined(pieces: readonly Html[]): Html {
  return html`${pieces}`
}

/** Bytes of a piece in the file. */
export function bytesOf(piece: Html): number {
  return Buffer.byteLength(piece.text)
}

function valueText(value: HtmlValue): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escaped(value)
  if (Html.is(value)) return value.text
  return value.map(valueText).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A report is handed around: what tests, tools and agents said may hold a secret. */
function escaped(text: string): string {
  return spelledOut(redactSecrets(text)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
