import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { aptInstall } from './apt.ts'
import { sayMissing } from './missing-tool.ts'
import { NODE_DIRECTORY } from './node-first.ts'

/** Runners and agents of other people that tests drive for real; pinned, and installed once outside the repository. */
const TOOLS = {
  'jest-30': ['jest@30.0.5'],
  'jest-27': ['jest@27.5.1'],
  'mocha-11': ['mocha@11.7.1', 'chai@5.2.1'],
  'ava-6': ['ava@6.4.1'],
  'vitest-1': ['vitest@1.6.1'],
  'vitest-0': ['vitest@0.34.6'],
  pnpm: ['pnpm@12.21.0'],
  yarn: ['yarn@1.22.22'],
  'claude-agent-sdk': ['@anthropic-ai/claude-agent-sdk@0.3.329', 'zod@4.6.7'],
  // Too large to be installed wherever the tests run: only `npm run test:agents` does it.
  'claude-agent-acp': ['@agentclientprotocol/claude-agent-acp@0.100.0'],
  opencode: ['opencode-ai@1.18.33'],
  codex: ['@openai/codex@0.169.0'],
} as const

export type ToolName = keyof typeof TOOLS

const LARGE: readonly ToolName[] = ['claude-agent-acp', 'opencode', 'codex']

const INSTALL_MS = 240_000

/** The `node_modules` with a tool, installed first under CI; null, said on stderr, where it is not there. */
export function nodeModulesWith(tool: ToolName): string | null {
  const directory = join(cacheDirectory(), tool)
  const modules = join(directory, 'node_modules')
  if (existsSync(modules)) return modules
  const isLarge = LARGE.includes(tool)
  if (isLarge ? process.env['TDD_TEST_AGENTS'] !== '1' : process.env['CI'] !== 'true') {
    const command = isLarge ? 'npm run test:agents' : 'CI=true npx vitest run test/verify/runners'
    sayMissing(
      {
        tool,
        untested: `${tool}, driven for real`,
        get: `${command} (installs it once into ${cacheDirectory()})`,
      },
      isLarge ? {} : process.env,
    )
    return null
  }
  const making = `${directory}.${process.pid}`
  mkdirSync(making, { recursive: true })
  writeFileSync(join(making, 'package.json'), '{"private":true}')
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...TOOLS[tool]]
  const result = spawnSync('npm', args, { cwd: making, encoding: 'utf8', timeout: INSTALL_MS })
  if (result.status !== 0) throw new Error(`npm could not install ${tool}: ${result.stderr}`)
  if (!existsSync(modules)) renameSync(making, directory)
  rmSync(making, { recursive: true, force: true })
  return modules
}

/** Whether pytest can be run; under CI on Debian it is installed first. */
export function hasPytest(): boolean {
  const works = (): boolean => spawnSync('python3', ['-m', 'pytest', '--version']).status === 0
  if (works()) return true
  if (process.env['CI'] === 'true') {
    aptInstall('python3-pytest')
    if (works()) return true
  }
  sayMissing({
    tool: 'pytest',
    untested: 'Python suites, driven for real',
    get: 'apt-get install python3-pytest, or python3 -m pip install pytest',
  })
  return false
}

/** PATH without the Node of this package's own `node_modules` and without what `node-first.ts` put in front. */
export function pathOfMachine(): string {
  return (process.env['PATH'] ?? '')
    .split(':')
    .filter((entry) => !entry.includes('/node_modules/') && entry !== NODE_DIRECTORY)
    .join(':')
}

/** PATH on which `node` is the one that runs this test. */
export function pathWithThisNode(): string {
  return `${dirname(process.execPath)}:${pathOfMachine()}`
}

function cacheDirectory(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const directory = join(cache, 'tdd-orchestrator-tests')
  mkdirSync(directory, { recursive: true })
  return directory
}
