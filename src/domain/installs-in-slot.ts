import type { Command } from './suite.ts'

/**
 * Whether setup is known to make nothing outside of the tree and HOME: every command of it is a package manager that
 * installs. Whatever else it runs may make a database or a container, which a copy of the files would not have.
 */
export function installsInSlot(setup: readonly Command[]): boolean {
  return setup.every((argv) =>
    INSTALLS.some((install) => install.every((word, index) => argv[index] === word)),
  )
}

const INSTALLS: readonly Command[] = [
  ['npm', 'ci'],
  ['npm', 'install'],
  ['pnpm', 'install'],
  ['yarn', 'install'],
  ['bun', 'install'],
  ['uv', 'sync'],
  ['poetry', 'install'],
  ['go', 'mod', 'download'],
  ['cargo', 'fetch'],
  ['bundle', 'install'],
  ['composer', 'install'],
]
