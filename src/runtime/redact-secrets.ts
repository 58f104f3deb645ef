export const REDACTED = '[redacted]'
/** Shorter values are words that would tear holes into every text. */
const SHORTEST_SECRET = 6

/**
 * Shapes of credentials that are known well enough to be recognised without their name. What may begin at many places is
 * bounded: agents write the text, and would have us look through it again from each of them.
 */
const PATTERNS: readonly RegExp[] = [
  /\bsk-(?:ant-|proj-|or-)?[\w-]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}/g,
  /\bglpat-[\w-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bxox[abeprs]-[\w-]{10,}/g,
  /https:\/\/hooks\.slack\.com\/services\/[\w/]+/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{35}/g,
  /\beyJ[\w-]{8,1000}\.eyJ[\w-]{8,}\.[\w-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
]

/**
 * What a file of variables holds under a name that says it is secret: `API_TOKEN=…` at the beginning of a line, in a diff
 * and in JSON as well. A reference to something else is none.
 */
const ASSIGNED =
  /((?:^[+\- ]?|\\n|["'])(?:export )?[A-Z][A-Z0-9_]{0,60}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)=["']?)(?![$<{%])[^\s"'\\]{6,}/gm

/** Text of unknown origin with every known secret and every known shape of one replaced. */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  return redactor(secrets)(text)
}

/** The same for many texts: these secrets, and every known shape. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = redactKnown(secrets)
  return (text) => {
    let clean = known(text)
    for (const pattern of PATTERNS) clean = clean.replace(pattern, REDACTED)
    // After Basic a word of prose ("basic authentication") is no password in base64.
    return clean
      .replace(/(\bBearer )[\w.~+/=-]{12,}/gi, `$1${REDACTED}`)
      .replace(/(\b(?:Basic|basic|BASIC) )(?=[\w+/-]*(?:[\d=]|[a-z][A-Z]))[\w+/=-]{12,}/g, `$1${REDACTED}`)
      .replace(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${REDACTED}@`)
      .replace(ASSIGNED, `$1${REDACTED}`)
  }
}

/** These secrets alone, for texts in which nothing else may change. */
export function redactKnown(secrets: readonly string[]): (text: string) => string {
  const known = longestFirst(secrets)
  // Most texts hold none, and to see that is ten times as fast.
  return (text) =>
    known.reduce(
      (clean, secret) => (clean.includes(secret) ? clean.replaceAll(secret, REDACTED) : clean),
      text,
    )
}

/** Those that are long enough to be looked for. */
export function longestFirst(secrets: readonly string[]): string[] {
  return [...new Set(secrets)]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((one, other) => other.length - one.length)
}
