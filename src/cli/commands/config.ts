import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CONFIG_FILE } from '../../config/places.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { receiversOf } from '../../config/receivers.ts'
import { configFileShape, OPTIONS } from '../../config/schema.ts'
import { findRepository } from '../../runtime/repository-id.ts'
import type { CommandContext } from '../command-context.ts'
import { columns, counted } from '../text-lines.ts'

/** `orchestrator config [--schema]`. Works outside of a repository, too. */
export async function configCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  if (flags['schema'] === true) {
    const schema = { title: CONFIG_FILE, ...z.toJSONSchema(configFileShape) }
    output.result('config-schema', schema, JSON.stringify(schema, null, 2).split('\n'))
    return 0
  }
  const { workTree = null, root: mainRoot = null } = findRepository(cwd) ?? {}
  const loaded = loadConfig({ root: workTree, mainRoot, cwd, env })
  // A run refuses them as well.
  receiversOf(loaded)
  for (const warning of [...loaded.warnings, ...lostSuites(loaded, workTree)]) output.progress(warning)
  const values = OPTIONS.map(({ path, section, name, option }) => ({
    path,
    value: shown(valueAt(loaded.config, [...section, name]), option.isSecret),
    from: loaded.origins[path] ?? 'default',
    unit: option.unit,
    env: option.env,
  }))
  const suites = loaded.config.suites
  output.result(
    'config-report',
    { file: loaded.file, values, suites, suitesFrom: loaded.origins['suites'] },
    [
      ...columns(
        values.map(({ path, value, from, unit, env: variable }) => [
          path,
          `${value === null ? 'none' : JSON.stringify(value)}${unit === null || value === null ? '' : ` ${unit}`}`,
          from === 'environment' ? `environment (${variable})` : from.replaceAll('_', ' '),
        ]),
      ),
      '',
      suites.length === 0
        ? 'Suites: those that are found (orchestrator init shows them).'
        : `Suites: ${counted(suites.length, 'suite')} from the file: ${suites.map(({ name }) => name ?? 'unnamed').join(', ')}.`,
      loaded.file === null ? `No ${CONFIG_FILE}; orchestrator init writes one.` : `File: ${loaded.file}`,
    ],
  )
  return 0
}

/** That a secret is set is no secret. */
function shown(value: unknown, isSecret: boolean): unknown {
  return isSecret && value !== null ? '[redacted]' : value
}

/** Suites whose directory is not there. Known only where the files are, so that it is no fault of the file itself. */
function lostSuites({ config }: LoadedConfig, workTree: string | null): string[] {
  if (workTree === null) return []
  return config.suites
    .filter(({ cwd = '.' }) => !existsSync(join(workTree, cwd)))
    .map(({ name = 'main', cwd }) => `suite ${name}: there is no directory ${cwd} in ${workTree}`)
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null ? Object.getOwnPropertyDescriptor(at, name)?.value : undefined,
    tree,
  )
}
