/** Regions, addresses and the like are none, and would tear holes into every text. */
const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|PWD|AUTH|CREDENTIAL|HEADERS/i

/**
 * What of variables that are passed on is kept out of all that an agent tells: values whose name says so, all that a person
 * named, each value of a list of headers, and the password of an address.
 */
export function passedSecrets(
  passed: Readonly<Record<string, string>>,
  named: readonly string[],
): readonly string[] {
  return Object.entries(passed).flatMap(([name, value]) => [
    ...(named.includes(name) || SECRET_NAME.test(name) ? [value, ...headerValues(value)] : []),
    ...passwordOf(value),
  ])
}

function headerValues(value: string): string[] {
  return value.split('\n').flatMap((line) => {
    const at = line.indexOf(':')
    return at === -1 ? [] : [line.slice(at + 1).trim()]
  })
}

function passwordOf(value: string): string[] {
  const [, password] = /^[a-z][a-z0-9+.-]*:\/\/[^/@]*?:([^/@]+)@/i.exec(value) ?? []
  if (password === undefined) return []
  return [password, decoded(password)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // No escapes that mean something: it is as it stands.
    return text
  }
}
