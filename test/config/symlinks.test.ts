import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { symlinkProblems } from '../../src/config/symlinks.ts'
import { parsePlan } from '../../src/protocol/read-plan.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tdd-links-'))
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src/a.js'), '')
  symlinkSync('/etc', join(root, 'outside'))
  symlinkSync('src', join(root, 'inside'))
  symlinkSync('nowhere', join(root, 'src/dangling.js'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

it('refuses task paths that lead through a symbolic link, wherever it points', () => {
  const problems = problemsOf(['src/a.js', 'outside/passwd', 'inside/**', 'src/dangling.js', 'src/a.js/b.js'])
  expect(problems.map(({ path, what }) => [path[3], what])).toEqual([
    [1, '"outside/passwd" leads through the symbolic link "outside"'],
    [2, '"inside/**" leads through the symbolic link "inside"'],
    [3, '"src/dangling.js" leads through the symbolic link "src/dangling.js"'],
    [4, '"src/a.js/b.js" leads below "src/a.js", which is no directory'],
  ])
})

it('takes paths that do not exist yet', () => {
  expect(problemsOf(['src/new/deep/b.js', 'lib/**'])).toEqual([])
})

function problemsOf(sources: readonly string[]): ReturnType<typeof symlinkProblems> {
  const suites = [{ runner: 'node', tests: ['test/**'], sources: ['src/**'] }]
  const text = JSON.stringify({ version: 1, project: { suites }, tasks: [{ key: 'A', title: 'A', sources }] })
  return symlinkProblems(parsePlan(text, { fileName: 'plan.json', configuredSuites: [] }), root)
}
