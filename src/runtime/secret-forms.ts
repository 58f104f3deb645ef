/**
 * Secrets as they are, and as programs write them: each line alone, in an address, in JSON, in base64 wherever in a longer
 * text they stand (`user:password`).
 */
export function secretForms(secrets: readonly string[]): string[] {
  const lines = secrets.flatMap((secret) => [secret, ...secret.split('\n')].map((line) => line.trim()))
  const forms = lines
    .filter((line) => line.length >= SHORTEST)
    .flatMap((line) => [
      line,
      encodeURIComponent(line.toWellFormed()),
      JSON.stringify(line).slice(1, -1),
      ...base64Forms(line),
    ])
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST)
}

const SHORTEST = 6

/** What base64 makes of it after 0, 1 or 2 other bytes, without the digits that depend on what stands beside it. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor((whole.length * 8) / 6)
    const text = whole.toString('base64').slice(from, to)
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
