import { spelledOut } from './plain-text.ts'
import type { FittedPart, PromptPart } from './prompt-part.ts'
import { beginningOf, estimatedTokens } from './prompt-tokens.ts'

/**
 * The parts as they are told in so many tokens: what is worth least is cut first, at its end, and wholly where little would
 * be left. Each says in its place that it was cut. What may not be cut stays, also where that is too much.
 */
export function fitPrompt(parts: readonly PromptPart[], room: number): FittedPart[] {
  const fitted = parts.map((part) => cutToLength({ ...part, text: seen(part.text) }))
  let over = fitted.reduce((sum, { tokens }) => sum + tokens, 0) - room
  const cheapest = parts
    .map(({ worth }, index) => ({ worth, index }))
    .filter(({ worth }) => worth !== null)
    .toSorted((one, other) => (one.worth ?? 0) - (other.worth ?? 0) || other.index - one.index)
  for (const { index } of cheapest) {
    const part = fitted[index]
    if (over <= 0 || part === undefined) break
    const shorter = cutTo(part, { tokens: part.tokens - over, because: 'room' })
    over -= part.tokens - shorter.tokens
    fitted[index] = shorter
  }
  return fitted
}

/** What a terminal would obey is spelled out here as well: an agent shows it to people, and line ends of others are none. */
function seen(text: string): string {
  return spelledOut(text.replaceAll('\r\n', '\n')).trimEnd()
}

function cutToLength({ section, name, text, most }: PromptPart): FittedPart {
  const whole = { section, name, text, tokens: estimatedTokens(text), cut: 0, because: null }
  return most === undefined || whole.tokens <= most
    ? whole
    : cutTo(whole, { tokens: most, because: 'length' })
}

/** Tokens of a part below which it is left out. */
const LEAST = 60
/** Tokens of the line that says what was cut. */
const MARK = 20

function cutTo(
  part: FittedPart,
  to: { readonly tokens: number; readonly because: 'length' | 'room' },
): FittedPart {
  const rest = to.tokens - MARK
  const kept = rest < LEAST ? '' : beginningOf(part.text, rest)
  const cut = part.cut + part.tokens - estimatedTokens(kept)
  const text =
    kept === ''
      ? `(${part.name}: left out, about ${cut} tokens)`
      : `${kept}\n(${part.name}: cut here, about ${cut} tokens more)`
  const tokens = estimatedTokens(text)
  // A part that is hardly longer than what would say that it is left out stays.
  return tokens >= part.tokens ? part : { ...part, text, tokens, cut, because: to.because }
}
