import { longestFirst, REDACTED } from './redact-secrets.ts'

/** Credentials that are known by their shape, where they may be cut in the middle. */
const SHAPES =
  /(?:\bsk-|\bgh[pousr]_|\bgithub_pat_|\bglpat-|\bnpm_|\bxox[abeprs]-|\bAKIA|\bASIA|\bAIza|\beyJ)[\w.-]{12,}/g
const BEGUN_SHAPE = /\b(?:sk-|gh[pousr]_|github_pat_|glpat-|npm_|xox[abeprs]-|AKIA|ASIA|AIza|eyJ)[\w.-]*$/
/** What waits longer than this for the rest of a secret is told. */
const MOST_WAITING = 64 * 1024

/** Texts that were told one after the other, each redacted already: what is a secret only where they are put together is redacted, too. */
export function redactAcross(texts: readonly string[], secrets: readonly string[]): string[] {
  const whole = texts.join('')
  const cut = [
    ...longestFirst(secrets).flatMap((secret) => placesOf(whole, secret)),
    ...[...whole.matchAll(SHAPES)].map(({ index, 0: found }) => ({ from: index, to: index + found.length })),
  ]
  let at = 0
  return texts.map((text) => {
    const from = at
    at += text.length
    return withoutPlaces(text, { from, cut: cut.filter((place) => crosses(place, from, at)) })
  })
}

/** The first of these texts that has to wait for those that come: together they may be a secret. Their number where none has to. */
export function firstToWait(texts: readonly string[], secrets: readonly string[]): number {
  const whole = texts.join('')
  const begun = Math.min(BEGUN_SHAPE.exec(whole.slice(-MOST_WAITING))?.[0].length ?? 0, MOST_WAITING)
  const waiting = secrets.reduce((most, secret) => Math.max(most, beginningAtEnd(whole, secret)), begun)
  if (waiting === 0 || waiting >= MOST_WAITING) return texts.length
  let at = 0
  const first = texts.findIndex((text) => {
    at += text.length
    return at > whole.length - waiting
  })
  return first === -1 ? texts.length : first
}

interface Place {
  readonly from: number
  readonly to: number
}

function placesOf(whole: string, secret: string): Place[] {
  const places: Place[] = []
  for (let at = whole.indexOf(secret); at !== -1; at = whole.indexOf(secret, at + secret.length))
    places.push({ from: at, to: at + secret.length })
  return places
}

/** It lies in this text and in another one. */
function crosses({ from, to }: Place, start: number, end: number): boolean {
  return from < end && to > start && (from < start || to > end)
}

/** Told once for each place: where it begins. */
function withoutPlaces(text: string, { from, cut }: { from: number; cut: readonly Place[] }): string {
  let clean = ''
  let at = 0
  for (const place of cut.toSorted((one, other) => one.from - other.from)) {
    const start = Math.max(at, place.from - from)
    if (place.to - from <= at) continue
    clean += text.slice(at, start)
    if (place.from >= from) clean += REDACTED
    at = Math.min(text.length, place.to - from)
  }
  return clean + text.slice(at)
}

/** How much of the beginning of a secret stands at the end of a text. */
function beginningAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return length
  return 0
}
