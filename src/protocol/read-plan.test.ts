import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Suite } from '../domain/suite.ts'
import { DEFAULT_SUITE_LIMITS } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import { parsePlan, readPlan } from './read-plan.ts'

const suite: Suite = {
  name: 'main',
  runner: 'node',
  cwd: '.',
  tests: ['test/**'],
  sources: ['src/**'],
  fixtures: [],
  setup: [],
  build: [],
  checks: { types: ['npx', 'tsc'] },
  env: {},
  command: null,
  args: [],
  report: null,
  limits: DEFAULT_SUITE_LIMITS,
}
const context = { fileName: 'plan.json', configuredSuites: [suite] }

const contractPlan = {
  version: 1,
  title: 'A parser',
  project: {
    suites: [
      {
        name: 'main',
        runner: 'node',
        cwd: '.',
        tests: ['test/**'],
        sources: ['src/**'],
        fixtures: ['test/fixtures/**'],
        setup: [['npm', 'ci']],
        build: [],
        checks: { types: ['npx', 'tsc', '--noEmit'] },
      },
    ],
  },
  requirements: [
    { id: 'FR-1', kind: 'functional', text: 'It parses.', source: { file: 'spec.md', line: 12 } },
    {
      id: 'NFR-1',
      kind: 'non_functional',
      text: 'It is fast.',
      metric: { name: 'p99', op: '<', value: 50, unit: 'ms' },
    },
  ],
  tasks: [
    {
      key: 'PARSE-1',
      title: 'Parse',
      goal: 'Texts become trees.',
      kind: 'implement',
      suite: 'main',
      criteria: [{ id: 'AC-1', text: 'An empty text gives an empty tree.', requirements: ['FR-1'] }],
      tests: ['test/parse.test.js'],
      sources: ['src/parse.js'],
      allow: ['package.json'],
      dependsOn: ['CORE-1'],
      complexity: 'low',
      testKind: 'unit',
      exports: ['parse'],
      hints: 'Look at the grammar.',
      verify: ['types', ['npm', 'run', 'e2e']],
      done: ['It is documented.'],
      priority: 0,
      estimateMs: 60_000,
      phase: 'one',
      jobs: ['read'],
    },
    { key: 'CORE-1', title: 'The core' },
  ],
  risks: [{ text: 'Slow', impact: 'high', mitigation: 'Measure' }],
}

describe('parsePlan', () => {
  it('reads the plan of the contract from JSON and from YAML alike', () => {
    const plan = parsePlan(JSON.stringify(contractPlan), context)
    expect(plan.tasks[0]).toMatchObject({
      key: 'PARSE-1',
      verify: [{ check: 'types' }, { command: ['npm', 'run', 'e2e'] }],
      locks: ['test/parse.test.js', 'src/parse.js'],
    })
    expect(parsePlan(stringify(contractPlan), { ...context, fileName: 'plan.yaml' })).toEqual(plan)
  })

  it('fills a task of which only key and title are given', () => {
    const plan = parsePlan('version: 1\ntasks:\n  - key: A\n    title: First\n', {
      ...context,
      fileName: 'work/first.yml',
    })
    expect(plan).toEqual({
      version: 1,
      title: 'first',
      suites: [suite],
      requirements: [],
      tasks: [
        {
          key: 'A',
          title: 'First',
          goal: 'First',
          kind: 'implement',
          suite: 'main',
          criteria: [],
          tests: ['test/**'],
          sources: ['src/**'],
          allow: [],
          dependsOn: [],
          complexity: 'medium',
          testKind: 'unit',
          exports: [],
          hints: null,
          verify: [],
          done: [],
          priority: 0,
          estimateMs: null,
          locks: [],
        },
      ],
    })
  })

  it('keeps the fields of later parts in the file', () => {
    const { file } = readPlan(JSON.stringify(contractPlan), context)
    expect(file.risks).toEqual(contractPlan.risks)
    expect(file.tasks[0]?.phase).toBe('one')
  })

  it('gives a task the suite whose directory holds its paths', () => {
    const nested = { ...suite, name: 'web', cwd: 'packages/web' }
    const plan = parsePlan(
      JSON.stringify({ version: 1, tasks: [{ key: 'A', title: 'A', sources: ['packages/web/src/a.js'] }] }),
      { ...context, configuredSuites: [suite, nested] },
    )
    expect(plan.tasks[0]).toMatchObject({ suite: 'web', tests: ['packages/web/test/**'] })
  })

  it('reads any valid plan to the same plan again', () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[A-Z][a-z0-9-]{0,8}[a-z0-9]$/), {
      minLength: 1,
      maxLength: 12,
      selector: (key) => key.toLowerCase(),
    })
    const plans = keys.map((all) => ({
      version: 1,
      tasks: all.map((key, index) => ({
        key,
        title: `Task ${key}`,
        dependsOn: all.slice(0, index).filter((_, other) => (index + other) % 3 === 0),
        sources: [`src/./${key}.js`],
      })),
    }))
    fc.assert(
      fc.property(plans, (file) => {
        const plan = parsePlan(JSON.stringify(file), context)
        const again = parsePlan(
          JSON.stringify({
            ...file,
            title: plan.title,
            tasks: plan.tasks.map(({ key, title, goal, sources, dependsOn }) => ({
              key,
              title,
              goal,
              sources,
              dependsOn,
            })),
          }),
          context,
        )
        expect(again).toEqual(plan)
      }),
      { seed: 7, numRuns: 100 },
    )
  })

  it('reads 100,000 tasks in a chain', () => {
    const tasks = Array.from({ length: 100_000 }, (_, index) => ({
      key: `T-${index}`,
      title: 'x',
      sources: [`src/${index}.js`],
      dependsOn: index === 0 ? [] : [`T-${index - 1}`],
    }))
    expect(parsePlan(JSON.stringify({ version: 1, tasks }), context).tasks).toHaveLength(100_000)
    tasks[0]?.dependsOn.push('T-99999')
    expect(refusal(JSON.stringify({ version: 1, tasks }))).toContain('T-0 needs T-99999')
  })
})

describe('parsePlan on bad input', () => {
  const task = (fields: object): string =>
    JSON.stringify({ version: 1, tasks: [{ key: 'A', title: 'A', ...fields }] })
  const cases: readonly (readonly [string, string, string])[] = [
    ['text that is no JSON', '{"version": 1,\n  "tasks": [}', 'plan.json:2: the document is not JSON'],
    ['an empty file', ' ', 'the document is empty'],
    ['a list', '[]', 'the document is a list; give an object'],
    ['another version', '{"version": 2, "tasks": [{"key": "A", "title": "A"}]}', 'version is 2; give 1'],
    ['a version in quotes', '{"version": "1", "tasks": []}', 'version is the text "1"; give the number 1'],
    ['a missing version', '{"tasks": [{"key": "A", "title": "A"}]}', 'version is missing; give 1'],
    ['no tasks', '{"version": 1, "tasks": []}', 'tasks is empty; list at least one'],
    ['an unknown key', task({ source: ['a.js'] }), 'tasks[0].source is not known; did you mean "sources"?'],
    ['an unknown key of the plan', '{"version": 1, "taks": []}', 'taks is not known; did you mean "tasks"?'],
    [
      'a key called __proto__',
      '{"version": 1, "tasks": [{"key": "A", "title": "A", "__proto__": {}}]}',
      '__proto__ is not known',
    ],
    ['a key written twice', '{"version": 1, "tasks": [], "version": 1}', 'version is there twice'],
    ['an empty key', task({ key: '' }), 'tasks[0].key is empty'],
    ['a key with a slash', task({ key: 'a/b' }), 'tasks[0].key contains "/"'],
    ['a key with two dots', task({ key: 'a..b' }), 'tasks[0].key contains ".."'],
    ['a key with a leading dash', task({ key: '-a' }), 'tasks[0].key begins with "-"'],
    ['a key with a control character', task({ key: 'a\u0007' }), 'is not a usable key'],
    ['a key with 300 characters', task({ key: 'a'.repeat(300) }), 'tasks[0].key has 300 characters'],
    ['a key that git cannot hold', task({ key: 'a.lock' }), 'ends with "." or ".lock"'],
    ['a missing title', '{"version": 1, "tasks": [{"key": "A"}]}', 'tasks[0].title is missing; give a text'],
    ['a title of the wrong type', task({ title: 7 }), 'tasks[0].title is 7; give a text'],
    ['a kind that does not exist', task({ kind: 'implment' }), 'did you mean "implement"?'],
    [
      'a dependency that does not exist',
      task({ dependsOn: ['B'] }),
      'tasks[0].dependsOn[0] "B" is no task of this plan',
    ],
    ['a task that needs itself', task({ dependsOn: ['A'] }), 'closes a cycle: A needs A'],
    ['a dependency named twice', task({ dependsOn: ['B', 'B'] }), 'names "B" a second time'],
    ['an absolute path', task({ tests: ['/etc/passwd'] }), 'tasks[0].tests[0] "/etc/passwd" is absolute'],
    ['a path out of the repository', task({ sources: ['../a.js'] }), 'leaves the repository'],
    ['a path into .git', task({ sources: ['.git/hooks/x'] }), 'lies in .git'],
    ['a path into .tdd', task({ sources: ['.tdd/config.toml'] }), 'lies in .tdd'],
    ['a pattern as a path', task({ sources: ['src/*.js'] }), 'is a pattern'],
    [
      'the same file as test and source',
      task({ tests: ['a.js'], sources: ['./a.js'] }),
      '"a.js" is a test of this task too',
    ],
    [
      'a source among the tests',
      task({ tests: ['test/**'], sources: ['test/a.js'] }),
      'lies in the tests test/**',
    ],
    ['an empty list of tests', task({ tests: [] }), 'tasks[0].tests is empty'],
    ['an empty list of sources', task({ sources: [] }), 'tasks[0].sources is empty'],
    ['a verify_only task without exports', task({ kind: 'verify_only' }), 'tasks[0].exports is missing'],
    ['a suite that does not exist', task({ suite: 'mian' }), '"mian" is no suite; did you mean "main"?'],
    [
      'a check that does not exist',
      task({ verify: ['typse'] }),
      '"typse" is no check; did you mean "types"?',
    ],
    [
      'a shell line as a command',
      task({ verify: [{ run: 'x' }] }),
      'is neither the name of a check nor an argument array',
    ],
    [
      'a report outside of the tree',
      JSON.stringify({ ...contractPlan, project: { suites: [{ report: '/etc/x.xml' }] } }),
      'project.suites[0].report "/etc/x.xml" is absolute',
    ],
    ['an empty command', task({ verify: [[]] }), 'tasks[0].verify[0]'],
    [
      'a criterion id written twice',
      task({
        criteria: [
          { id: 'X', text: 'a' },
          { id: 'X', text: 'b' },
        ],
      }),
      'tasks[0].criteria[1].id "X" is there twice',
    ],
  ]

  it.each(cases)('refuses %s', (_, text, message) => {
    expect(refusal(text)).toContain(message)
  })

  it('names a cycle task by task and the line of the dependency that closes it', () => {
    const text = `version: 1
tasks:
  - { key: A, title: A, dependsOn: [B] }
  - { key: B, title: B, dependsOn: [C] }
  - { key: C, title: C, dependsOn: [A] }
`
    expect(refusal(text, 'plan.yaml')).toContain(
      'plan.yaml:5: tasks[2].dependsOn[0] closes a cycle: A needs B needs C needs A',
    )
  })

  it('tells every problem at once, each with its line', () => {
    const text = `{
  "version": 1,
  "tasks": [
    { "key": "A", "title": "A",
      "tests": ["/x"] },
    { "key": "a", "title": "B",
      "dependsOn": ["Z"] }
  ]
}`
    const message = refusal(text)
    expect(message).toContain('plan.json has 3 problems')
    expect(message).toContain('plan.json:5: tasks[0].tests[0]')
    expect(message).toContain(
      'plan.json:6: tasks[1].key "a" differs only in letter case from the key of tasks[0]',
    )
    expect(message).toContain('plan.json:7: tasks[1].dependsOn[0]')
  })

  it('refuses duplicate keys, endless aliases and deep nesting in YAML', () => {
    expect(refusal('version: 1\nversion: 1\ntasks: []\n', 'p.yaml')).toContain(
      'p.yaml:2: version is there twice',
    )
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? 'l0: &l0 [a,a,a,a,a,a,a,a,a,a]'
        : `l${level}: &l${level} [${Array(10)
            .fill(`*l${level - 1}`)
            .join(',')}]`,
    )
    expect(refusal(levels.join('\n'), 'p.yaml')).toContain('alias')
    expect(refusal(`version: ${'['.repeat(20_000)}`, 'p.yaml')).toMatch(/not plain YAML|nested deeper/)
    expect(refusal(`{"version": ${'['.repeat(500)}${']'.repeat(500)}}`)).toContain('nested deeper')
  })

  it('refuses tags and several documents in YAML', () => {
    expect(refusal('!!binary eA==', 'p.yaml')).toContain(
      'p.yaml:1: the document is not plain YAML: Unresolved tag',
    )
    expect(refusal('version: 1\n---\nversion: 1\n', 'p.yaml')).toContain(
      'not plain YAML: Source contains multiple documents',
    )
  })

  it('tells the problems of 100,000 wrong tasks without listing them all', () => {
    const tasks = Array.from({ length: 100_000 }, (_, index) => ({
      key: `T-${index}`,
      title: 'x',
      dependsOn: ['none'],
    }))
    expect(refusal(JSON.stringify({ version: 1, tasks }, null, 1))).toContain('and 99800 more')
  })
})

function refusal(text: string, fileName = 'plan.json'): string {
  try {
    parsePlan(text, { ...context, fileName })
  } catch (thrown) {
    if (thrown instanceof OrchestratorError && thrown.code === 'plan_invalid') return thrown.message
    throw thrown
  }
  throw new Error('the plan was read')
}
