import { OrchestratorError } from '../errors.ts'
import { DIRECTORY_IS_SET_BY } from './places.ts'

/**
 * Refuses a state directory whose path some test runners take apart, as an address or as a list: they load their reporters from
 * there. Throws `config_invalid`.
 */
export function requirePlainPath({ directory }: { readonly directory: string }): void {
  const [found] = NOT_PLAIN.exec(directory) ?? []
  if (found === undefined) return
  throw new OrchestratorError(
    'config_invalid',
    `the state directory ${directory} has ${JSON.stringify(found)} in its path, and some test runners cannot load programs from there`,
    { hint: `Name a place without it. It is set by ${DIRECTORY_IS_SET_BY}.` },
  )
}

const NOT_PLAIN = /[%#?:\\]|\p{Cc}/u
