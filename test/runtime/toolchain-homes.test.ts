import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { commandEnvironment } from '../../src/runtime/command-environment.ts'
import { toolchainHomes } from '../../src/runtime/toolchain-homes.ts'

it('are found in the HOME of a person, unless a variable names another place, and commands learn of them', () => {
  const home = mkdtempSync(join(tmpdir(), 'home-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  for (const name of ['.rustup', '.pyenv', '.local/share/mise'])
    mkdirSync(join(home, name), { recursive: true })
  const person = { HOME: home, PYENV_ROOT: '/opt/pyenv', NPM_TOKEN: 'a secret' }
  const found = toolchainHomes(person)
  expect(found).toEqual({
    RUSTUP_HOME: join(home, '.rustup'),
    MISE_DATA_DIR: join(home, '.local/share/mise'),
  })
  const base = { ...found, ...person }
  expect(
    commandEnvironment({ base, home: '/slot/home', temp: '/slot/tmp', tdd: {}, extra: {} }),
  ).toMatchObject({
    HOME: '/slot/home',
    RUSTUP_HOME: join(home, '.rustup'),
    PYENV_ROOT: '/opt/pyenv',
  })
  expect(toolchainHomes({})).toEqual({})
})
