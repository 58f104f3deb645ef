import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TaskDefinition } from '../../../src/domain/plan.ts'
import type { Suite } from '../../../src/domain/suite.ts'
import type { StubRequest } from '../../../src/verify/stubs/plan-stubs.ts'
import { sampleSuite } from '../../support/proof-samples.ts'

export type Files = Readonly<Record<string, string>>

export const NODE_SUITE: Suite = sampleSuite({ fixtures: [] })

export const PYTEST_SUITE: Suite = {
  ...NODE_SUITE,
  runner: 'pytest',
  tests: ['tests/**'],
  sources: ['src/**', 'pkg/**'],
}

export function taskOf(sources: readonly string[], tests: readonly string[] = ['test/**']): TaskDefinition {
  return {
    key: 'T-1',
    title: 'a task',
    goal: '',
    kind: 'implement',
    suite: 'main',
    criteria: [],
    tests,
    sources,
    allow: [],
    dependsOn: [],
    complexity: 'low',
    testKind: 'unit',
    exports: [],
    hints: null,
    verify: [],
    done: [],
    priority: 0,
    estimateMs: null,
    locks: [],
  }
}

export function requestFor(
  files: Files,
  options: { suite?: Suite; sources: readonly string[]; testFiles: readonly string[] },
): StubRequest {
  return {
    files: new Map(Object.keys(files).map((path) => [path, null])),
    read: (path) => Promise.resolve(files[path] ?? null),
    testFiles: options.testFiles,
    suite: options.suite ?? NODE_SUITE,
    task: taskOf(options.sources),
  }
}

/** Runs the tests of a project made of these files and gives what each test said. */
export function runProject(
  files: Files,
  runner: 'node' | 'pytest',
  testFile: string,
): { tests: Record<string, string>; output: string } {
  const directory = mkdtempSync(join(tmpdir(), 'stub-project-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
    }
    const argv =
      runner === 'node'
        ? [process.execPath, '--test', '--test-reporter=tap', testFile]
        : ['python3', '-m', 'pytest', '-rA', '-q', '-p', 'no:cacheprovider', testFile]
    const env = { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1' }
    const result = spawnSync(argv[0] ?? '', argv.slice(1), {
      cwd: directory,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    })
    const output = result.stdout + result.stderr
    return { tests: runner === 'node' ? tapResults(output) : pytestResults(output), output }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** `passed`, or what the failure is about: `mark`, `assertion`, `other`. */
function tapResults(output: string): Record<string, string> {
  const results: Record<string, string> = {}
  const parts = output.split(/^\s*(?=(?:not )?ok \d+ - )/m).slice(1)
  for (const part of parts) {
    const match = /^(not )?ok \d+ - ([^\n]*)/.exec(part)
    if (match === null) continue
    results[match[2] ?? ''] = match[1] === undefined ? 'passed' : kindOf(part)
  }
  return results
}

function pytestResults(output: string): Record<string, string> {
  const results: Record<string, string> = {}
  for (const match of output.matchAll(/^(PASSED|FAILED|ERROR) \S+?(?:::(\S+))?(?: - (.*))?$/gm)) {
    results[match[2] ?? 'file'] = match[1] === 'PASSED' ? 'passed' : kindOf(match[3] ?? '')
  }
  return results
}

function kindOf(text: string): string {
  if (/TDD_STUB|TddStubError/.test(text)) return 'mark'
  return /ERR_ASSERTION|AssertionError|^assert |DID NOT RAISE/.test(text) ? 'assertion' : 'other'
}
