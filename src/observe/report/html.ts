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

/**
 * Text of others with everything made visible that a browser would obey or hide: control characters (a carriage return
 * as well, which a parser would change), changes of direction, characters without width, halves of pairs.
 */
export function plainText(text: string): string {
  return text.replaceAll(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|\p{Surrogate}|[\u{e0000}-\u{e007f}]/gu

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
  return plainText(redactSecrets(text)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
