import type { Command } from './suite.ts'

/**
 * Whether setup is known to make nothing but packages in the tree and HOME, the same in every slot: each command of it is a
 * package manager of that kind, with words that change nothing of that. What pnpm, uv, poetry and pip leave names the place of
 * the slot.
 */
export function installsInSlot(setup: readonly Command[]): boolean {
  return setup.every((argv) =>
    INSTALLS.some(
      (install) =>
        install.every((word, index) => argv[index] === word) && areHarmless(argv.slice(install.length)),
    ),
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

function areHarmless(words: Command): boolean {
  return words.every(
    (word, at) =>
      HARMLESS.test(word) ||
      (word === '--prefix' && UPWARDS.test(words[at + 1] ?? '')) ||
      (words[at - 1] === '--prefix' && UPWARDS.test(word)),
  )
}

const HARMLESS =
  /^--(no-audit|no-fund|audit=false|fund=false|ignore-scripts|legacy-peer-deps|prefer-offline|offline|force|silent|frozen-lockfile|immutable|production|locked|(omit|include|loglevel)=\w+)$/
/** To the workspace that a package belongs to. */
const UPWARDS = /^\.\.(\/\.\.)*\/?$/
