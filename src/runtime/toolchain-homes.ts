import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Where version managers keep the toolchains that their programs on the PATH start, and where that is below HOME unless a
 * variable says otherwise. Commands have a HOME of their own, in which there is none of them.
 */
const TOOLCHAIN_HOMES = {
  RUSTUP_HOME: '.rustup',
  VOLTA_HOME: '.volta',
  PYENV_ROOT: '.pyenv',
  RBENV_ROOT: '.rbenv',
  NODENV_ROOT: '.nodenv',
  GOENV_ROOT: '.goenv',
  ASDF_DATA_DIR: '.asdf',
  MISE_DATA_DIR: '.local/share/mise',
  FNM_DIR: '.local/share/fnm',
  PROTO_HOME: '.proto',
} as const

/** Variables of a person's environment that commands take over so that these programs find their toolchains. */
export const TOOLCHAIN_VARIABLES: ReadonlySet<string> = new Set([
  ...Object.keys(TOOLCHAIN_HOMES),
  'RUSTUP_TOOLCHAIN',
  'JAVA_HOME',
  'GOROOT',
])

/** In these places: which toolchain is started where a tree does not say. */
const CHOSEN_IN: Partial<Record<keyof typeof TOOLCHAIN_HOMES, string>> = {
  RUSTUP_HOME: 'settings.toml',
  VOLTA_HOME: 'tools/user/platform.json',
  PYENV_ROOT: 'version',
  RBENV_ROOT: 'version',
  NODENV_ROOT: 'version',
  GOENV_ROOT: 'version',
  FNM_DIR: 'aliases/default',
  PROTO_HOME: '.prototools',
}

/** What decides which toolchains the programs of version managers start: their variables, and size and time of what they read. */
export function toolchainChoices(environment: Readonly<Record<string, string>>): readonly unknown[] {
  const variables = [...TOOLCHAIN_VARIABLES].map((name) => [name, environment[name] ?? null])
  const files = Object.entries(CHOSEN_IN).map(([name, file]) => {
    const place = environment[name]
    return place === undefined ? null : sizeAndTime(join(place, file))
  })
  return [variables, files]
}

function sizeAndTime(file: string): readonly number[] | null {
  try {
    const { size, mtimeMs } = statSync(file)
    return [size, mtimeMs]
  } catch {
    // Not there, or not ours to look at: then no command of ours reads it either.
    return null
  }
}

/** The places that a person's HOME has and no variable names. */
export function toolchainHomes(environment: Readonly<Record<string, string>>): Record<string, string> {
  const home = environment['HOME']
  if (home === undefined || home === '') return {}
  return Object.fromEntries(
    Object.entries(TOOLCHAIN_HOMES).flatMap(([name, below]) => {
      const place = join(home, below)
      return environment[name] === undefined && existsSync(place) ? [[name, place]] : []
    }),
  )
}
