import { describe, expect, it } from 'vitest'
import { cliSample, numberTask } from '../support/cli-sample.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
const BAD = `BAD="$HOME/bad"$'\\xff'`
const COMMIT = 'git commit -q --allow-empty -m x'

describe('a path that is not UTF-8', () => {
  it.each([
    ['of a repository', `${BAD}; git init -q "$BAD" && cd "$BAD" && ${COMMIT}`],
    [
      'of a git directory elsewhere',
      `${BAD}; git init -q --separate-git-dir "$BAD" "$HOME/fine" && cd "$HOME/fine" && ${COMMIT}`,
    ],
  ])('%s is named, and what to do', async (_, make) => {
    const sample = cliSample()
    const within = ['bash', '-c', `${make} && exec "$@"`, 'bash']
    for (const args of [['doctor'], ['run'], ['ingest', sample.beside('plan.json', PLAN)]]) {
      const { code, stdout, stderr } = await sample.cli(args, { within })
      expect(`${stdout}${stderr}`).toMatch(/the path .*bad.* is not UTF-8\n *Start in a place/)
      expect(code).toBe(args[0] === 'doctor' ? 1 : 2)
    }
  })
})
