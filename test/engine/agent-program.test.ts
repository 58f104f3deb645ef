import { expect, it } from 'vitest'
import { requireVisibleAgent } from '../../src/engine/hidden-agent.ts'
import { unsetVariables } from '../../src/engine/unset-variables.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

it.each<[string, string, RegExp | null]>([
  ['./tools/agent.sh', 'is a program of HEAD', null],
  ['tools/../tools/agent.sh', 'is one, spelled otherwise', null],
  ['./tools/plain.sh', 'git does not know as a program', /git update-index --chmod=\+x tools\/plain\.sh/],
  ['./tools/gone.sh', 'is no file of HEAD', /commit it/],
  ['./agent.sh', 'is no file of HEAD', /commit it/],
  ['node_modules/.bin/agent', 'is there once setup has run', null],
])('an agent %s that %s is refused before it is paid, or not', async (program, _, hint) => {
  const sample = engineSample({ ...letterFiles, 'tools/plain.sh': '' })
  sample.repo.commit({ 'tools/agent.sh': { script: '#!/bin/sh\n' } })
  await using engine = await sample.open({ 'agents.command.argv': [program] })
  const asked = requireVisibleAgent(engine, 'command')
  if (hint === null) await expect(asked).resolves.toBeUndefined()
  else
    await expect(asked).rejects.toMatchObject({
      code: 'agent_missing',
      hint: expect.stringMatching(hint) as string,
    })
})

it('variables that are to be passed on and are not set are told', async () => {
  const files = {
    ...letterFiles,
    '.tdd/config.toml': `[agents.command]
argv = ["git"]
passEnv = ["HERE", "EMPTY", "GONE"]
[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "--version"]]
setupSecrets = ["TOKEN"]
`,
  }
  const sample = engineSample(files, {}, { HERE: 'yes', EMPTY: '' })
  await using engine = await sample.open()
  expect(unsetVariables(engine, 'command')).toEqual([
    'EMPTY is not set: agents.command.passEnv names it for the agent',
    'GONE is not set: agents.command.passEnv names it for the agent',
    'TOKEN is not set: setupSecrets of suite main names it for setup',
  ])
  expect(unsetVariables(engine, 'scripted')).toHaveLength(1)
})

it('an argument that no process can be given is refused where it is configured', async () => {
  const open = engineSample(letterFiles).open({ 'agents.command.argv': ['git', 'a\0b'] })
  await expect(open).rejects.toThrow('no argument of a command holds a NUL')
})
