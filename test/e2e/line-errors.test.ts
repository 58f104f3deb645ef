import { expect, it } from 'vitest'
import { cliSample } from '../support/cli-sample.ts'

it.each([
  [['events', '--after', 'NaN']],
  [['events', '--nonsense']],
  [['task', 'log', 'NOPE-1', '--follow']],
  [['status', '--watch', '--nonsense']],
])('%j --json tells an error in one line, as its documents', async (args) => {
  const { code, stdout } = await cliSample().cli([...args, '--json'])
  expect(code).toBe(2)
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String) as string } })
})
