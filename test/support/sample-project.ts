import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PathChange } from '../../src/domain/evidence.ts'
import { classifyPath } from '../../src/domain/path-class.ts'
import type { TaskDefinition } from '../../src/domain/plan.ts'
import type { FullEvidence, GreenEvidence, RedEvidence } from '../../src/domain/proof.ts'
import type { Suite } from '../../src/domain/suite.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Verifier } from '../../src/verify/verify.ts'
import { createVerifier } from '../../src/verify/verifier.ts'
import { type DirectoryLaboratory, type Files, openDirectoryLaboratory } from './directory-laboratory.ts'
import { sampleSuite, sampleTask } from './proof-samples.ts'

/** A small node:test project: one function, one test of it. */
export const BASE: Files = {
  'package.json': '{ "type": "module" }\n',
  'src/add.js': 'export const add = (a, b) => a + b\n',
  'test/add.test.js': testFile({
    from: ['add', '../src/add.js'],
    tests: { adds: 'assert.equal(add(1, 2), 3)' },
  }),
}

/** The text of a node:test file. */
export function testFile(parts: {
  readonly from: readonly [names: string, module: string]
  readonly tests: Readonly<Record<string, string>>
}): string {
  const tests = Object.entries(parts.tests).map(
    ([name, body]) => `test(${JSON.stringify(name)}, async () => { ${body} })`,
  )
  return [
    `import test from 'node:test'`,
    `import assert from 'node:assert/strict'`,
    `import { ${parts.from[0]} } from '${parts.from[1]}'`,
    ...tests,
    '',
  ].join('\n')
}

/** A file outside every tree in which runs can count themselves. */
export async function withCounter<T>(use: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'tdd-counter-'))
  try {
    return await use(join(directory, 'runs'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export interface Proving {
  readonly laboratory: DirectoryLaboratory
  readonly verifier: Verifier
  readonly suite: Suite
  readonly task: TaskDefinition
  readonly red: (tests: Files, claims?: Readonly<Record<string, readonly string[]>>) => Promise<RedEvidence>
  readonly green: (tests: Files, sources: Files, red: RedEvidence) => Promise<GreenEvidence>
  readonly full: (tests: Files, sources: Files, red: RedEvidence) => Promise<FullEvidence>
}

/** One task on a base, proven by a real verifier: what the stages would ask, from plain maps of files. A text of '' deletes. */
export function proving(
  over: {
    readonly base?: Files
    readonly suite?: Partial<Suite>
    readonly task?: Partial<TaskDefinition>
    /** Runs of the proof tests. Default 1: steady tests are not the subject of most samples. */
    readonly repeats?: number
  } = {},
): Proving {
  const laboratory = openDirectoryLaboratory()
  const options = { repeats: over.repeats ?? 1 }
  const verifier = createVerifier({ laboratory, clock: systemClock, options })
  const suite = sampleSuite({
    limits: { testMs: 5_000, runMs: 20_000, outputBytes: 1_000_000 },
    ...over.suite,
  })
  const task = sampleTask(over.task)
  const base = over.base ?? BASE
  const merged = (...parts: readonly Files[]): Files =>
    Object.fromEntries(Object.entries(Object.assign({}, ...parts) as Files).filter(([, text]) => text !== ''))
  const changed = (before: Files, after: Files): PathChange[] =>
    [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((path) => before[path] !== after[path])
      .map((path) => {
        const change =
          before[path] === undefined ? 'added' : after[path] === undefined ? 'deleted' : 'modified'
        return { path, change, pathClass: classifyPath(path, [suite], task) }
      })
  const baseTree = laboratory.tree(base)
  return {
    laboratory,
    verifier,
    suite,
    task,
    red: (tests, claims = {}) => {
      const redFiles = merged(base, tests)
      const changes = changed(base, redFiles)
      return verifier.red({ suite, task, baseTree, redTree: laboratory.tree(redFiles), changes, claims })
    },
    green: (tests, sources, red) => {
      const [redFiles, greenFiles] = [merged(base, tests), merged(base, tests, sources)]
      const [redTree, greenTree] = [laboratory.tree(redFiles), laboratory.tree(greenFiles)]
      return verifier.green({
        suite,
        task,
        redTree,
        greenTree,
        frozen: red.touched,
        changes: changed(redFiles, greenFiles),
      })
    },
    full: (tests, sources, red) => {
      const greenFiles = merged(base, tests, sources)
      return verifier.full({
        suite,
        task,
        baseTree,
        tree: laboratory.tree(greenFiles),
        testsTree: laboratory.tree(merged(base, tests)),
        frozen: red.touched,
        otherSuites: [],
        changes: changed(base, greenFiles),
      })
    },
  }
}
