import { createHash } from 'node:crypto'
import type { TestResult } from '../../src/domain/evidence.ts'

/**
 * The language of simulated projects. A test file has a test a line: `NAME: PATH has WORD`; it passes where the file at that
 * path has the word on a line of its own.
 */
export interface SimulatedTest {
  readonly file: string
  readonly name: string
  readonly path: string
  readonly word: string
  /** Changes with what the test says. */
  readonly bodyHash: string
}

export function testLine({ name, path, word }: Pick<SimulatedTest, 'name' | 'path' | 'word'>): string {
  return `${name}: ${path} has ${word}\n`
}

export function testsIn(file: string, text: string): SimulatedTest[] {
  return text.split('\n').flatMap((line) => {
    const [, name, path, word] = /^(.+): (\S+) has (\S+)$/.exec(line) ?? []
    if (name === undefined || path === undefined || word === undefined) return []
    return [{ file, name, path, word, bodyHash: createHash('sha1').update(line).digest('hex') }]
  })
}

export function isTestPath(path: string): boolean {
  return path.startsWith('test/')
}

/** Runs the tests of some files of a tree. */
export function runTestsOf(
  texts: ReadonlyMap<string, string>,
  files: (path: string) => boolean = isTestPath,
): TestResult[] {
  return [...texts]
    .filter(([path]) => files(path))
    .flatMap(([path, text]) => testsIn(path, text))
    .map((test) => resultOf(test, texts))
}

function resultOf(test: SimulatedTest, texts: ReadonlyMap<string, string>): TestResult {
  const { file, name, path, word } = test
  if (texts.get(path)?.split('\n').includes(word) === true)
    return { file, name, outcome: 'passed', durationMs: 1, failure: null }
  const message = `${path} does not have ${word}`
  const failure = { kind: 'assertion', errorName: 'AssertionError', message, frames: [] } as const
  return { file, name, outcome: 'failed', durationMs: 1, failure }
}
