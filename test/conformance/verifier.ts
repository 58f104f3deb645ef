import { describe, expect, it } from 'vitest'
import type { PathChange, TestResult, TreeId } from '../../src/domain/evidence.ts'
import type { TaskDefinition } from '../../src/domain/plan.ts'
import type { TouchedTest } from '../../src/domain/proof.ts'
import type { Suite } from '../../src/domain/suite.ts'
import type { Verifier } from '../../src/verify/verify.ts'

/** A test that passes where a file holds a word on a line of its own. */
export interface WordTest {
  readonly name: string
  readonly path: string
  readonly word: string
}

export interface VerifierPlace {
  readonly verifier: Verifier
  readonly suite: Suite
  readonly task: TaskDefinition
  /** A tree with these files. */
  readonly tree: (files: Readonly<Record<string, string>>) => Promise<TreeId>
  /** The text and the path of a test file, in the language of the suite. */
  readonly testFile: (name: string, tests: readonly WordTest[]) => Readonly<Record<string, string>>
}

const SOURCE = 'src/T1.src'
const OLD = { name: 'the seed is there', path: 'src/seed.src', word: 'seed' }
const NEW = { name: 'AC-1 it works', path: SOURCE, word: 'works' }

/** What the engine relies on of evidence, whoever gathers it. */
export function verifierConformance(name: string, open: () => VerifierPlace): void {
  describe(`${name} keeps the promises of a verifier`, () => {
    const prepared = async () => {
      const place = open()
      const { tree, testFile, suite, task, verifier } = place
      const base = { 'src/seed.src': 'seed\n', ...testFile('seed', [OLD]) }
      const [own = ''] = Object.keys(testFile('T1', [NEW]))
      const tests = { ...base, ...testFile('T1', [NEW]) }
      const done = { ...tests, [SOURCE]: 'works\n' }
      const trees = { base: await tree(base), tests: await tree(tests), done: await tree(done) }
      const added = (path: string, pathClass: PathChange['pathClass']): PathChange => ({
        path,
        change: 'added',
        pathClass,
      })
      const red = (redTree: TreeId, changes: readonly PathChange[] = [added(own, 'test')]) =>
        verifier.red({ suite, task, baseTree: trees.base, redTree, changes, claims: {} })
      const frozen = async (): Promise<readonly TouchedTest[]> => (await red(trees.tests)).touched
      return { ...place, base, tests, done, own, trees, added, red, frozen }
    }
    const outcomes = (tests: readonly TestResult[]): Record<string, string> =>
      Object.fromEntries(tests.map(({ name: test, outcome }) => [test, outcome]))

    it('measures a base', async () => {
      const { verifier, suite, trees } = await prepared()
      await verifier.ready(suite, trees.base)
      const { report, flaky } = await verifier.baseline(suite, trees.tests)
      expect(outcomes(report.tests)).toEqual({ [OLD.name]: 'passed', [NEW.name]: 'failed' })
      expect([report.end.kind, flaky]).toEqual(['finished', []])
    })

    it('tells of new tests whether they fail, and what became of those beside them', async () => {
      const { own, red, trees, tree, tests, testFile } = await prepared()
      const evidence = await red(trees.tests)
      expect(evidence.touched).toMatchObject([
        { file: own, name: NEW.name, criteria: ['AC-1'], standing: { kind: 'fails', reason: 'assertion' } },
      ])
      expect([evidence.untouched, evidence.findings, evidence.report.loadFailures]).toEqual([[], [], []])
      const weak = { name: 'AC-1 it is there', path: 'src/seed.src', word: 'seed' }
      const also = await red(await tree({ ...tests, ...testFile('T1', [NEW, weak]) }))
      expect(also.touched.map(({ name: test, standing }) => [test, standing.kind])).toEqual([
        [NEW.name, 'fails'],
        [weak.name, 'characterisation'],
      ])
    })

    it('tells what a change of a file of tests does to those that nobody touched', async () => {
      const { red, tree, base, testFile } = await prepared()
      const both = await tree({ ...base, ...testFile('seed', [OLD, NEW]) })
      const [file = ''] = Object.keys(testFile('seed', []))
      const evidence = await red(both, [{ path: file, change: 'modified', pathClass: 'test' }])
      expect(evidence.touched.map(({ name: test }) => test)).toEqual([NEW.name])
      expect(evidence.untouched).toEqual([
        { test: { file, name: OLD.name }, before: 'passed', now: 'passed' },
      ])
    })

    it('tells of sources whether the frozen tests hold, and whether others are there', async () => {
      const { verifier, suite, task, trees, added, frozen, tree, tests, testFile } = await prepared()
      const green = async (greenTree: TreeId) => {
        const changes = [added(SOURCE, 'source')]
        return await verifier.green({
          suite,
          task,
          redTree: trees.tests,
          greenTree,
          frozen: await frozen(),
          changes,
        })
      }
      const holds = await green(trees.done)
      expect(outcomes(holds.report.tests)).toEqual({ [NEW.name]: 'passed' })
      expect([holds.missing, holds.extra, holds.known]).toEqual([[], [], []])
      const fails = await green(await tree({ ...tests, [SOURCE]: 'nothing\n' }))
      expect(outcomes(fails.report.tests)).toEqual({ [NEW.name]: 'failed' })
      const other = { ...NEW, name: 'AC-1 another' }
      const others = await green(await tree({ ...tests, ...testFile('T1', [other]), [SOURCE]: 'works\n' }))
      expect(others.missing.map(({ name: test }) => test)).toEqual([NEW.name])
      expect(others.extra.map(({ name: test }) => test)).toEqual([other.name])
    })

    it('proves that the tests fail without the sources, and that what held still holds', async () => {
      const { verifier, suite, task, trees, added, frozen, tree, done } = await prepared()
      const full = async (proven: TreeId, testsTree = trees.tests) =>
        await verifier.full({
          suite,
          task,
          baseTree: trees.base,
          tree: proven,
          testsTree,
          frozen: await frozen(),
          changes: [added(SOURCE, 'source')],
          otherSuites: [],
        })
      const holds = await full(trees.done)
      expect(outcomes(holds.report.tests)).toEqual({ [OLD.name]: 'passed', [NEW.name]: 'passed' })
      expect(holds.removal.standings.map(({ standing }) => standing.kind)).toEqual(['fails'])
      expect([holds.regressions, holds.overruled, holds.baseEnd.kind]).toEqual([[], [], 'finished'])
      expect(new Set(holds.repeats.flatMap(({ outcomes: runs }) => runs))).toEqual(new Set(['passed']))
      const broken = await full(await tree({ ...done, 'src/seed.src': 'gone\n' }))
      expect(broken.regressions).toMatchObject([{ test: { name: OLD.name }, base: { failed: 0 } }])
      expect(broken.regressions.every(({ here }) => here.failed === here.runs)).toBe(true)
    })
  })
}
