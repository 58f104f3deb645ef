import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { RepositoryPlace } from '../runtime/repository-id.ts'
import type { Environment } from './environment.ts'
import {
  absolutePath,
  CONFIG_FILE,
  defaultStateDirectory,
  homeOf,
  isAddress,
  SPEAKS_OF_STATE,
  stateHomeOf,
} from './places.ts'
import { ownStore, type StatePlace } from './own-store.ts'
import { requireStateOutside } from './state-outside.ts'
import { hasCode } from '../runtime/has-code.ts'

/**
 * Where the state of a repository is, as `loadConfig` would say: its work trees share it, so the main one's file counts.
 * The whole configuration is read only where its file
 * speaks of state, or what is set cannot be right; else looking at a run would pay for what it does not need.
 */
export async function statePlace(
  repository: RepositoryPlace,
  where: { readonly cwd: string; readonly env: Environment },
): Promise<StatePlace> {
  const bases =
    mentionsState(repository.root) || cannotBeRight(where.env)
      ? await configured(repository, where)
      : fromEnvironment(where)
  requireStateOutside(bases, repository)
  const { directory, db } = bases
  const own = join(directory, repository.id)
  if (db === null) return { directory: own, db: ownStore(own) }
  const { requireOwn } = await import('./stores-of-place.ts')
  requireOwn(own, db)
  return { directory: own, db }
}

function mentionsState(root: string): boolean {
  try {
    const file = join(root, CONFIG_FILE)
    // What is no file is told by whoever reads it all: a pipe would be waited for.
    return !statSync(file).isFile() || SPEAKS_OF_STATE.test(readFileSync(file, 'utf8'))
  } catch (thrown) {
    // Without a file there is nothing to read; one that cannot be read is told by whoever reads it all.
    return !hasCode(thrown, 'ENOENT')
  }
}

/** The whole configuration says what is wrong with it. */
function cannotBeRight({ TDD_DB: db = '', TDD_STATE_DIRECTORY: directory = '' }: Environment): boolean {
  return isAddress(db) || `${db}${directory}`.includes('\0')
}

interface Bases {
  readonly directory: string
  readonly db: string | null
}

async function configured(
  { root }: RepositoryPlace,
  where: { readonly cwd: string; readonly env: Environment },
): Promise<Bases> {
  const { loadConfig } = await import('./load.ts')
  return loadConfig({ root, ...where }).config.state
}

function fromEnvironment({ cwd, env }: { readonly cwd: string; readonly env: Environment }): Bases {
  const home = homeOf(env)
  const set = (name: string): string | null => {
    const value = env[name]
    return value === undefined || value === '' ? null : absolutePath(value, { base: cwd, home })
  }
  return {
    directory:
      set('TDD_STATE_DIRECTORY') ??
      resolve(cwd, defaultStateDirectory({ home, stateHome: stateHomeOf(env) })),
    db: set('TDD_DB'),
  }
}
