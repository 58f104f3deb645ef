import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cliSample } from '../support/cli-sample.ts'

/** Runs a command whose output goes where the shell sends it; the shell answers the exit code of the command. */
const through = (redirection: string): readonly string[] => [
  'bash',
  '-c',
  `set -o pipefail; "$@" ${redirection}`,
  'bash',
]

describe('output that nobody reads', () => {
  it.each([
    [['task', 'show', 'NOPE', '--json'], 2],
    [['config', '--json'], 0],
    [['doctor', '--json'], 1],
  ])('leaves the exit code of %j as it is', async (args, code) => {
    const end = await cliSample().cli(args, { within: through('| true') })
    expect(end, end.stderr).toMatchObject({ code })
  })
})

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written', () => {
  it.each([[['doctor']], [['config']], [['task', 'show', 'NOPE', '--json']]])(
    'is told in plain words after %j',
    async (args) => {
      const end = await cliSample().cli(args, { within: through('> /dev/full') })
      expect(end, end.stderr).toMatchObject({ code: 70 })
      expect(end.stderr).toMatch(/^error: the output could not be written: .*ENOSPC/m)
      expect(end.stderr).not.toMatch(/\n\s+at /)
    },
  )
})
