const REDACTED = '[redacted]'
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

/** Text of unknown origin with every known secret and every known shape of one replaced. */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= SHORTEST_SECRET) clean = clean.replaceAll(secret, REDACTED)
  }
  for (const pattern of PATTERNS) clean = clean.replace(pattern, REDACTED)
  // After Basic a word of prose ("basic authentication") is no password in base64.
  return clean
    .replace(/(\bBearer )[\w.~+/=-]{12,}/gi, `$1${REDACTED}`)
    .replace(/(\b(?:Basic|basic|BASIC) )(?=[\w+/-]*(?:[\d=]|[a-z][A-Z]))[\w+/=-]{12,}/g, `$1${REDACTED}`)
    .replace(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${REDACTED}@`)
}
