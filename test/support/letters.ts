/** A small plan whose tasks each add a module that returns a letter, and the session that plays it. */
export const letterFiles = {
  'package.json': '{ "name": "sample", "type": "module", "version": "1.0.0" }\n',
  'src/index.js': 'export const version = 1\n',
  'test/index.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { version } from '../src/index.js'
test('has a version', () => assert.equal(version, 1))
`,
}

export function letterPlan(
  keys: readonly string[],
  dependsOn: Readonly<Record<string, readonly string[]>> = {},
) {
  const suites = [{ name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'] }]
  return {
    version: 1,
    title: 'Letters',
    project: { suites },
    tasks: keys.map((key) => letterTask(key, dependsOn[key] ?? [])),
  }
}

function letterTask(key: string, dependsOn: readonly string[]): unknown {
  const name = key.toLowerCase()
  return {
    key,
    title: `Return ${name}`,
    criteria: [{ id: `AC-${key}`, text: `${name}() is "${name}"` }],
    tests: [`test/${name}.test.js`],
    sources: [`src/${name}.js`],
    dependsOn,
  }
}

export interface LetterStages {
  red: unknown[][]
  red_fix: unknown[][]
  green: unknown[][]
  fix: unknown[][]
}

export function letterSession(keys: readonly string[]): { version: 1; tasks: Record<string, LetterStages> } {
  return { version: 1, tasks: Object.fromEntries(keys.map((key) => [key, letterStages(key)])) }
}

function letterStages(key: string): LetterStages {
  const name = key.toLowerCase()
  return {
    red: [[{ write: { [`test/${name}.test.js`]: letterTest(key) } }]],
    red_fix: [],
    green: [[{ write: { [`src/${name}.js`]: letterSource(key) } }]],
    fix: [],
  }
}

export function letterTest(key: string): string {
  const name = key.toLowerCase()
  return `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('AC-${key} returns ${name}', () => assert.equal(${name}(), '${name}'))
`
}

export function letterSource(key: string): string {
  const name = key.toLowerCase()
  return `export const ${name} = () => '${name}'\n`
}

/** A session of one task in which RED and GREEN can be played once more after a retry. */
export function retriedSession(key: string): ReturnType<typeof letterSession> {
  const played = letterSession([key])
  const { red = [], green = [] } = played.tasks[key] ?? {}
  red.push(...red)
  green.push(...green)
  return played
}
