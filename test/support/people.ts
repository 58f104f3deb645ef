import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type CliSample, cliSample, type JsonEnd, numberTask } from './cli-sample.ts'

/** Where the person of a sample works. */
export function workPlace(sample: CliSample): string {
  return join(sample.repo.directory, 'work')
}

/** One task, and the place where a person may work on it. */
export async function oneTask(): Promise<{ readonly sample: CliSample; readonly work: string }> {
  const sample = cliSample()
  await ingested(sample, [numberTask('double')])
  return { sample, work: workPlace(sample) }
}

export async function ingested(
  sample: CliSample,
  tasks: readonly unknown[],
  suites?: unknown,
): Promise<void> {
  const project = suites === undefined ? {} : { project: { suites } }
  const plan = { version: 1, title: 'Numbers', ...project, tasks }
  const end = await sample.json(['ingest', sample.beside('plan.json', plan), '--trust-commands'])
  expect(end, end.stderr).toMatchObject({ code: 0 })
}

/** Writes what an action of a session file would, as a person does. */
export function put(directory: string, action: Readonly<Record<string, unknown>>): void {
  for (const [path, text] of Object.entries(action['write'] as Record<string, string>)) {
    const place = join(directory, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
}

type Document = JsonEnd['document']

export function codesOf(document: Document): string[] {
  return verdictsOf(document).flatMap(({ refusals }) => refusals.map(({ code }) => code))
}

export function stagesOf(document: Document): string[] {
  return verdictsOf(document).map(({ stage }) => stage)
}

function verdictsOf(document: Document) {
  return (document['verdicts'] ?? []) as { stage: string; refusals: { code: string }[] }[]
}
