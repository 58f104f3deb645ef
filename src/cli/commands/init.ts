import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CONFIG_FILE } from '../../config/places.ts'
import { parseConfigFile } from '../../config/load.ts'
import { renderConfig } from '../../config/render-config.ts'
import { openBench } from '../../engine/open.ts'
import { openTemporaryBench } from '../../engine/open-temporary-bench.ts'
import { surveyHead } from '../../engine/survey.ts'
import type { Suite } from '../../domain/suite.ts'
import { messageOf, OrchestratorError } from '../../errors.ts'
import type { CommandContext } from '../command-context.ts'
import { columns } from '../text-lines.ts'

/** `orchestrator init [--dry-run] [--force]`: shows what it finds and writes it down for people to own. */
export async function initCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  const dryRun = flags['dryRun'] === true || flags['print'] === true
  const open = dryRun ? openTemporaryBench : openBench
  await using bench = await open({ directory: cwd, env, flags: {} })
  const { suites, notes } = await surveyHead(bench.workshop)
  const path = join(bench.workshop.git.repository.workTree, CONFIG_FILE)
  const text = renderConfig(suites)
  parseConfigFile(text, CONFIG_FILE)
  const isThere = await exists(path)
  if (isThere && flags['force'] !== true && !dryRun) {
    throw new OrchestratorError('usage', `${path} is there already; it was not changed`, {
      hint: 'See what would be written with --dry-run, or write over it with --force.',
    })
  }
  if (!dryRun) await write(path, text)
  output.result('init-report', { file: path, written: !dryRun, suites, notes, text }, [
    ...(suites.length === 0 ? NOTHING_FOUND : suites.flatMap(suiteLines)),
    ...notes.map((note) => `note: ${note}`),
    '',
    ...(dryRun ? text.trimEnd().split('\n') : [`Wrote ${path}.`]),
    '',
    suites.length === 0
      ? `Next: describe your suite in ${path}, then orchestrator doctor --tree`
      : 'Next: orchestrator doctor --tree (tries it in a fresh tree)',
  ])
  return 0
}

const NOTHING_FOUND = [
  'No test suite was found in the files of HEAD.',
  'Files that are not committed are not seen: commit them first if that is where your tests are.',
]

function suiteLines(suite: Suite): string[] {
  const facts = [
    ['runner', suite.runner],
    ['directory', suite.cwd],
    ['tests', suite.tests.join(', ')],
    ['sources', suite.sources.join(', ')],
    ['setup', suite.setup.map((command) => command.join(' ')).join('; ') || 'none'],
    [
      'checks',
      Object.entries(suite.checks)
        .map(([name, command]) => `${name} (${command.join(' ')})`)
        .join(', ') || 'none',
    ],
  ]
  return [`Suite ${suite.name}`, ...columns(facts).map((line) => `  ${line}`), '']
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    // Nothing there, or nothing that can be seen: writing says what is wrong.
    return false
  }
}

/** Whole or not at all. */
async function write(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(fresh, text)
    await rename(fresh, path)
  } catch (cause) {
    throw new OrchestratorError('config_unreadable', `${path} cannot be written: ${messageOf(cause)}`, {
      hint: 'Check that the directory may be written, or show the file with --dry-run.',
      cause,
    })
  }
}
