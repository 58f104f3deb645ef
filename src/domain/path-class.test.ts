import { describe, expect, it } from 'vitest'
import { classifyPath, isAllowed } from './path-class.ts'
import type { TaskDefinition } from './plan.ts'
import { DEFAULT_SUITE_LIMITS, type Suite } from './suite.ts'

const suite: Suite = {
  name: 'main',
  runner: 'node',
  cwd: 'packages/a',
  tests: ['test/**', '**/*.test.js', 'test_setup/conftest.py'],
  sources: ['src/**', '*.js'],
  fixtures: ['data/**', 'data/package.json'],
  setup: [],
  build: [],
  checks: {},
  env: {},
  command: null,
  args: [],
  report: null,
  limits: DEFAULT_SUITE_LIMITS,
}

describe('the class of a path', () => {
  it.each([
    ['packages/a/test/x.js', 'test'],
    ['packages/a/src/x.test.js', 'test'],
    ['packages/a/src/x.js', 'source'],
    ['packages/a/index.js', 'source'],
    ['src/x.js', 'free'],
    ['README.md', 'free'],
    ['packages/a/data/in.txt', 'test'],
    ['packages/a/src/__snapshots__/x.snap', 'test'],
    ['packages/a/package.json', 'frozen'],
    ['packages/a/test/package.json', 'frozen'],
    ['packages/a/data/package.json', 'test'],
    ['packages/a/tsconfig.build.json', 'frozen'],
    ['packages/a/vitest.config.ts', 'frozen'],
    ['packages/a/test/conftest.py', 'test'],
    ['packages/a/src/conftest.py', 'frozen'],
    ['conftest.py', 'frozen'],
    ['requirements-dev.txt', 'frozen'],
    ['.github/workflows/ci.yml', 'frozen'],
    ['.claude/settings.json', 'frozen'],
    ['packages/a/test/.claude/settings.json', 'frozen'],
    ['AGENTS.md', 'frozen'],
    ['agents.md', 'frozen'],
    ['.tdd/config.toml', 'frozen'],
    ['.gitattributes', 'frozen'],
    ['packages/a/src/package.json.js', 'source'],
    ['pytest.toml', 'frozen'],
    ['.pytest.toml', 'frozen'],
    ['tsconfig-base.json', 'frozen'],
    ['base.tsconfig.json', 'frozen'],
    ['jest-preset.js', 'frozen'],
    ['node.config.json', 'frozen'],
    ['bunfig.toml', 'frozen'],
    ['.pnp.cjs', 'frozen'],
    ['.env.test', 'frozen'],
    ['.env.example', 'free'],
    ['oxlint.config.ts', 'frozen'],
    ['.oxlintrc.jsonc', 'frozen'],
    ['pylintrc', 'frozen'],
    ['phpunit.xml', 'frozen'],
    ['build.rs', 'frozen'],
    ['vitest.setup.ts', 'test'],
    ['packages/a/jest-setup.cjs', 'test'],
    ['packages/a/src/setupTests.ts', 'test'],
    ['packages/a/src/test-setup.ts', 'test'],
    ['packages/a/src/globalSetup.ts', 'test'],
    ['packages/a/src/setup.js', 'source'],
    ['__mocks__/fs.js', 'test'],
    ['packages/a/src/__mocks__/x.js', 'test'],
  ])('%s is %s', (path, expected) => {
    expect(classifyPath(path, [suite])).toBe(expected)
  })

  it('takes the task into account for paths that no suite claims', () => {
    const task = {
      tests: ['spec/a.js'],
      sources: ['lib/**'],
      allow: ['package.json'],
    } as unknown as TaskDefinition
    expect(classifyPath('spec/a.js', [suite], task)).toBe('test')
    expect(classifyPath('lib/a.js', [suite], task)).toBe('source')
    const beside = { ...task, tests: ['lib/a.spec.js'] }
    expect(classifyPath('lib/a.spec.js', [suite], beside)).toBe('test')
    expect(classifyPath('package.json', [suite], task)).toBe('frozen')
    expect(isAllowed('package.json', task)).toBe(true)
    expect(isAllowed('tsconfig.json', task)).toBe(false)
  })

  it('gives a task a file that sets tests up where its sources name it or it is allowed', () => {
    const task = { tests: [], sources: ['src/**', 'vitest.setup.ts'], allow: [] } as unknown as TaskDefinition
    expect(classifyPath('vitest.setup.ts', [suite], task)).toBe('source')
    expect(classifyPath('src/setupTests.ts', [suite], task)).toBe('test')
    expect(classifyPath('src/setupTests.ts', [suite], { ...task, allow: ['src/setupTests.ts'] })).toBe(
      'source',
    )
  })
})
