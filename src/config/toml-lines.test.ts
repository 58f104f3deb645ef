import { expect, it } from 'vitest'
import { tomlLine } from './toml-lines.ts'

const text = `# a comment
[run]
workers = 3
"odd key" = 1

[[suites]]
name = "a"
[suites.checks]
types = ["tsc"]
[[suites]]
name = "b"
limits.runMs = 5

[agents.command]
argv = ["x"]
`

it.each([
  [['run'], 2],
  [['run', 'workers'], 3],
  [['run', 'odd key'], 4],
  [['suites', 0, 'name'], 7],
  [['suites', 0, 'checks', 'types', 0], 9],
  [['suites', 1], 10],
  [['suites', 1, 'limits', 'runMs'], 12],
  [['agents', 'command', 'argv', 0], 15],
  [['suites', 1, 'missing'], 10],
  [['missing'], null],
])('finds %j on line %j', (path, line) => {
  expect(tomlLine(text, path)).toBe(line)
})
