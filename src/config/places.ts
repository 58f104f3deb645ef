import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Environment } from './environment.ts'

/** Where people keep the configuration, relative to the repository. */
export const CONFIG_FILE = '.tdd/config.toml'

/** Whether the text of a configuration file may say where the state is. */
export const SPEAKS_OF_STATE = /\bstate\b/

/** Where people say where the state is. */
export const DIRECTORY_IS_SET_BY =
  'TDD_STATE_DIRECTORY, `directory` in [state] of .tdd/config.toml, or XDG_STATE_HOME'

/** Where people say where the store is, if not there. */
export const STORE_IS_SET_BY = 'TDD_DB or `db` in [state] of .tdd/config.toml'

/** The directory below which every repository has its state, where nothing else is configured. */
export function defaultStateDirectory(machine: {
  readonly home: string
  readonly stateHome: string | null
}): string {
  return `${machine.stateHome ?? `${machine.home}/.local/state`}/tdd-orchestrator`
}

export function homeOf(env: Environment): string {
  const home = env['HOME']
  return home === undefined || home === '' ? homedir() : home
}

/** The specification of XDG says that relative values are to be ignored. */
export function stateHomeOf(env: Environment): string | null {
  const stateHome = env['XDG_STATE_HOME']
  return stateHome?.startsWith('/') === true ? stateHome : null
}

/** Whether a text is an address, like `postgres://host/name`, and no path. */
export function isAddress(text: string): boolean {
  return /^([a-z][a-z0-9+.-]+:\/\/|file:)/i.test(text)
}

/** A path as a person wrote it: `~/` is the home directory, relative ones start at `base`. */
export function absolutePath(path: string, from: { readonly base: string; readonly home: string }): string {
  return path === '~' || path.startsWith('~/') ? join(from.home, path.slice(1)) : resolve(from.base, path)
}
