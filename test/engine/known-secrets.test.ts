import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { definedOnly } from '../../src/config/environment.ts'
import { knownSecrets } from '../../src/engine/known-secrets.ts'
import { tempRepo } from '../support/temp-repo.ts'

it.each(['acp', 'command', 'claude'])(
  'values that are passed to an agent by name are known secrets (%s)',
  (agent) => {
    const repo = tempRepo({ '.tdd/config.toml': `[agents.${agent}]\npassEnv = ["VENDOR_TOKEN"]\n` })
    const environment = { ...definedOnly(repo.env), VENDOR_TOKEN: 'what-the-vendor-knows-41' }
    const { config } = loadConfig({ root: repo.root, cwd: repo.root, env: environment })
    expect(knownSecrets({ config, environment }).values).toContain(environment.VENDOR_TOKEN)
  },
)
