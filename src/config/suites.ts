import type { Suite } from '../domain/suite.ts'
import { problemsError } from '../protocol/document.ts'
import { resolveSuites } from '../protocol/suite-file.ts'
import type { ConfigSuite } from './schema.ts'

interface ConfiguredSuites {
  readonly suites: readonly Suite[]
  /** By suite name: environment variables that its setup receives. */
  readonly setupSecrets: Readonly<Record<string, readonly string[]>>
}

/** The suites of the configuration, filled from those that were found; the found ones when it has none. Throws `config_invalid`. */
export function configuredSuites(
  written: readonly ConfigSuite[],
  detected: readonly Suite[],
  fileName: string,
): ConfiguredSuites {
  if (written.length === 0) return { suites: detected, setupSecrets: {} }
  const { suites, problems } = resolveSuites(written, detected, ['suites'])
  if (problems.length > 0) {
    throw problemsError(
      'config_invalid',
      fileName,
      problems.map((problem) => ({ ...problem, line: null })),
    )
  }
  const setupSecrets = Object.fromEntries(
    suites.map(({ name }, index) => [name, written[index]?.setupSecrets ?? []] as const),
  )
  return { suites, setupSecrets }
}
