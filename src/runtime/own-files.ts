import { join, resolve } from 'node:path'

/**
 * Where this program's own code lies: `src`, or `dist` as it is built. Each file of `dist` with code in it, this one
 * within, is one folder below, however the modules are put together.
 */
export const OWN_CODE = resolve(import.meta.dirname, '..')

/** The directory of the package, which holds `src`, `dist` and what else is published. */
export const OWN_PACKAGE = resolve(OWN_CODE, '..')

/** Whether it runs as it is built; else from its sources. */
export const IS_BUILT = !import.meta.filename.endsWith('.ts')

/** Where the packages lie that its sources need: as it is built, it has what it needs within. */
export const OWN_PACKAGES: readonly string[] = IS_BUILT ? [] : [join(OWN_PACKAGE, 'node_modules')]

/** A file or folder beside the code, by its path below `src`. */
export function ownFile(path: string): string {
  return join(OWN_CODE, path)
}

/**
 * A module that is started by itself: in a thread, or in a process of its own. By its path below `src`, without ending;
 * `code` is where our code lies.
 */
export function ownModule(path: string, code = OWN_CODE): string {
  return join(code, `${path}${IS_BUILT ? '.js' : '.ts'}`)
}

/** Address of a package that is installed beside this program. Throws where it is not. */
export function besideUs(name: string): string {
  return import.meta.resolve(name)
}
