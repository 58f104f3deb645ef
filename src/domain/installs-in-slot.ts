import type { Command } from './suite.ts'

/**
 * Whether setup is known to make nothing but packages in the tree and HOME, the same in every slot: each command of it is a
 * package manager of that kind. What pnpm, uv, poetry and pip leave names the place of the slot.
 */
export function installsInSlot(setup: readonly Command[]): boolean {
  return setup.every((argv) =>
    INSTALLS.some((install) => install.every((word, index) => argv[index] === word)),
  )
}

const INSTALLS: readonly Command[] = [
  ['npm', 'ci'],
  ['npm', 'install'],
  ['yarn', 'install'],
  ['bun', 'install'],
  ['go', 'mod', 'download'],
  ['cargo', 'fetch'],
]
