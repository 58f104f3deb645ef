import type { Command, Suite } from '../domain/suite.ts'
import { problemsError } from '../protocol/document.ts'
import { resolveSuites } from '../protocol/suite-file.ts'
import type { ConfigSuite } from './schema.ts'

interface ConfiguredSuites {
  readonly suites: readonly Suite[]
  /** By suite name: environment variables that its setup receives. */
  readonly setupSecrets: Readonly<Record<string, readonly string[]>>
  /** By suite name. */
  readonly places: Readonly<Record<string, SuitePlace>>
}

/** What a suite has of the place where it runs; it is no part of the suite that is recorded and proved. */
export interface SuitePlace {
  /** As written: relative to the directory of the suite. */
  readonly envFiles: readonly string[]
  readonly teardown: readonly Command[]
  /** Left out: as its setup is. */
  readonly copySetup?: boolean | undefined
}

/** The suites of the configuration, filled from those that were found; the found ones when it has none. Throws `config_invalid`. */
export function configuredSuites(
  written: readonly ConfigSuite[],
  detected: readonly Suite[],
  fileName: string,
): ConfiguredSuites {
  if (written.length === 0) return { suites: detected, setupSecrets: {}, places: {} }
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
  const places = Object.fromEntries(
    suites.map(({ name }, index) => {
      const { envFiles = [], teardown = [], copySetup } = written[index] ?? {}
      return [name, { envFiles, teardown, copySetup }] as const
    }),
  )
  return { suites, setupSecrets, places }
}
