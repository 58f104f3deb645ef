import { join } from 'node:path'
import { type EngineSample, engineSample } from './engine-sample.ts'
import { letterFiles } from './letters.ts'
import { type PlayedTasks, playedPlan, playedSession } from './played-tasks.ts'

export interface Used {
  readonly sample: EngineSample
  readonly place: { readonly directory: string; readonly db: string }
}

/** A place that tasks were handed in or worked in, and that nobody works in. */
export async function usedPlace(tasks: PlayedTasks, { works = false } = {}): Promise<Used> {
  const sample = engineSample(letterFiles)
  await using engine = await sample.open()
  if (Object.keys(tasks).length > 0) await sample.ingest(engine, playedPlan(tasks))
  if (works) await sample.run(engine, playedSession(tasks))
  const { stateDirectory: directory } = engine
  return { sample, place: { directory, db: join(directory, 'store.db') } }
}

/** Its tests are accepted, and nothing ever passes them. */
export const NEVER: PlayedTasks = { A: { green: [], fix: [] } }

/** What `uninstall` is asked for. */
export function uninstalling({ repo, env }: EngineSample, place: Used['place']) {
  return { place, gitDir: join(repo.root, '.git'), env }
}
