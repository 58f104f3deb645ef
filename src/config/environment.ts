export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process; the only place that reads it. */
export function processEnvironment(): Environment {
  return process.env
}

/** Variables that have a value. */
export function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
