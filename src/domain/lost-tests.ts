import type { TestId } from './evidence.ts'
import { testFunctions } from './judge-facts.ts'

import type { TaskDefinition } from './plan.ts'
import { declaresTest, declaresTestFile } from './task-path.ts'

interface TestFileChanges {
  /** Tests that passed at the base and that nothing reports any more. */
  readonly gone: readonly TestId[]
  /** Tests that are new, or that the change wrote anew. */
  readonly written: readonly TestId[]
  /** Every test that there is now. */
  readonly present: readonly TestId[]
}

/**
 * Tests that were dropped. In a file that the task names, and not a directory around it, as many may go as come; tests may move between such files,
 * and one of which nothing is left may be replaced in the others. Maintenance may drop what it names.
 */
export function lostTests(changes: TestFileChanges, task: TaskDefinition): TestId[] {
  const isNamed = task.kind === 'maintenance' ? declaresTest : declaresTestFile
  const left = withoutMoved(changes, (file) => isNamed(file, task))
  const files = [...new Set([...left.gone, ...left.written].map(({ file }) => file))]
  const counted = files.map((file) => countIn(file, left))
  const named = counted.filter(({ file }) => isNamed(file, task))
  let spare = sum(named.map(({ surplus }) => Math.max(0, surplus)))
  const lost = counted.filter((count) => {
    if (!named.includes(count)) return true
    if (task.kind === 'maintenance' || count.surplus >= 0) return false
    if (count.isLeft || spare < -count.surplus) return true
    spare += count.surplus
    return false
  })
  return lost.flatMap(({ gone }) => gone)
}

/** A test that is written under its name in another file that the task names was moved there, one for one. */
function withoutMoved(changes: TestFileChanges, isNamed: (file: string) => boolean): TestFileChanges {
  const written = new Set(changes.written)
  const comers = Map.groupBy(
    changes.written.filter(({ file }) => isNamed(file)),
    ({ name }) => name,
  )
  const gone = changes.gone.filter((test) => {
    const comer = isNamed(test.file) ? comers.get(test.name)?.pop() : undefined
    return comer === undefined || !written.delete(comer)
  })
  return { ...changes, gone, written: [...written] }
}

interface FileCount {
  readonly file: string
  readonly gone: readonly TestId[]
  readonly isLeft: boolean
  /** How many more test functions came than went. */
  readonly surplus: number
}

function countIn(file: string, { gone, written, present }: TestFileChanges): FileCount {
  const inFile = (tests: readonly TestId[]): TestId[] => tests.filter((test) => test.file === file)
  return {
    file,
    gone: inFile(gone),
    isLeft: inFile(present).length > 0,
    surplus: testFunctions(inFile(written)).size - testFunctions(inFile(gone)).size,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
