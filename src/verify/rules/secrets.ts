import type { RuleFinding } from '../../domain/evidence.ts'

/** What credentials look like where their form alone tells. Ordered; a line counts once. */
const FORMS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  {
    what: 'a private key',
    pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP |ENCRYPTED )?PRIVATE KEY(?: BLOCK)?-----/,
  },
  { what: 'an AWS access key id', pattern: /(?<![A-Za-z0-9/+])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9/+])/ },
  {
    what: 'an AWS secret key',
    pattern: /aws.{0,20}secret.{0,20}['"=:\s][A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/i,
  },
  { what: 'a GitHub token', pattern: /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})/ },
  { what: 'a GitLab token', pattern: /(?<!\w)glpat-[\w-]{20,}/ },
  { what: 'a Slack token', pattern: /(?<!\w)xox[abprs]-\d{8,}-[\w-]{10,}/ },
  { what: 'a Slack webhook', pattern: /hooks\.slack\.com\/services\/T\w{8,}\/B\w{8,}\/\w{20,}/ },
  { what: 'an Anthropic key', pattern: /(?<!\w)sk-ant-[\w-]{40,}/ },
  { what: 'an OpenAI key', pattern: /(?<!\w)sk-(?:proj-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}/ },
  { what: 'a Stripe live key', pattern: /(?<!\w)[sr]k_live_[A-Za-z0-9]{20,}/ },
  { what: 'a Google API key', pattern: /(?<!\w)AIza[\w-]{35}(?![\w-])/ },
  { what: 'an npm token', pattern: /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/ },
]

/** Examples of vendors and obvious placeholders are no secrets. */
const PLACEHOLDER =
  /EXAMPLE|(?<![a-z])(?:x{8,}|0{8,}|1234567890)(?![a-z])|(.)\1{9}|placeholder|redacted|your[-_ ]?(?:key|token|secret)/i
/** A key block in a test without a body of key material is text about keys. */
const KEY_BODY = /^[\s\\nr"'+,`]*[A-Za-z0-9+/=\\]{40,}/
const MAX_CHARACTERS = 2 * 1024 * 1024

/** Credentials in a file, for lines that `before` does not have. The message never repeats the secret. */
export function findSecrets(file: {
  readonly path: string
  readonly text: string
  readonly before?: string | null
  /** Values that are secret whatever they look like, in every form. Default: none. */
  readonly known?: readonly string[]
}): RuleFinding[] {
  if (file.text.length > MAX_CHARACTERS) return []
  const { known = [] } = file
  const old = new Set((file.before ?? '').split('\n'))
  const findings: RuleFinding[] = []
  const lines = file.text.split('\n')
  lines.forEach((line, index) => {
    if (old.has(line)) return
    const message = known.some((secret) => line.includes(secret))
      ? 'it holds a secret of yours'
      : looksLike(lines, index)
    if (message !== null)
      findings.push({ rule: 'secret', file: file.path, test: null, line: index + 1, message })
  })
  return findings
}

function looksLike(lines: readonly string[], index: number): string | null {
  const line = lines[index] ?? ''
  const form = FORMS.find(({ pattern }) => pattern.test(line))
  if (form === undefined || PLACEHOLDER.test(line)) return null
  if (form.what === 'a private key' && !hasKeyBody(lines, index)) return null
  return `it looks like ${form.what}`
}

function hasKeyBody(lines: readonly string[], index: number): boolean {
  const after = (lines[index] ?? '').split(/PRIVATE KEY(?: BLOCK)?-----/)[1] ?? ''
  return (
    KEY_BODY.test(after) ||
    lines.slice(index + 1, index + 6).some((line) => /^[\s"'+`]*[A-Za-z0-9+/=]{40,}/.test(line))
  )
}
