import type { Command, Suite } from '../../domain/suite.ts'
import { errorInOutput, toFailure } from './failure.ts'
import type { Outcome, Reading, Runner } from './runner.ts'
import { readTap } from './tap-tests.ts'
import { inTree, testFiles } from './tree-files.ts'

/**
 * Any command that prints TAP 13 or 14 on stdout (tape, node-tap, bats). `{files}` in the command stands for the test
 * files; the command then runs once a file, because TAP does not say which file a test is of. Without it the command
 * runs whole, and tests belong to the file that their outermost subtest names.
 */
export const tapRunner: Runner = {
  name: 'tap',
  program: [],
  locate: (_, suite) =>
    Promise.resolve(
      suite.command === null
        ? { kind: 'unavailable', reason: `The suite ${suite.name} needs a command that prints TAP.` }
        : { kind: 'found', program: suite.command, version: null },
    ),
  discover: (place, suite) => (takesFiles(suite) ? testFiles(place, suite) : Promise.resolve(null)),
  separately: (suite) => takesFiles(suite),
  argv: ({ program, suite, files }) => [...expandFiles(program, files), ...suite.args],
  env: () => ({}),
  read: (outcome) => Promise.resolve(readStdout(outcome)),
}

/** `{files}` as the files themselves. */
export function expandFiles(command: Command, files: readonly string[] | null): string[] {
  return command.flatMap((word) => (word === '{files}' ? (files ?? []) : [word]))
}

function takesFiles(suite: Suite): boolean {
  return suite.command?.includes('{files}') ?? false
}

function readStdout({ result, call, suite, tree }: Outcome): Reading {
  const files = (call.files ?? []).map((file) => inTree(suite, file))
  const isFile = (name: string): string | null => {
    const path = inTree(suite, name.replace(/^\.\//, ''))
    return files.includes(path) || /^[\w./-]+\.(?:[cm]?[jt]sx?|bats|t|sh|py|rb|pl)$/.test(name) ? path : null
  }
  const reading = readTap(result.stdout, { tree, files, isFile })
  return unloaded({ result, tree, files, reading }) ?? reading
}

/** A program that an exception ended before its plan, although no test had failed: its file stands for its tests. */
function unloaded(run: {
  readonly result: Outcome['result']
  readonly tree: Outcome['tree']
  readonly files: readonly string[]
  readonly reading: Reading
}): Reading | null {
  const { result, tree, files, reading } = run
  const [file, ...others] = files
  if (file === undefined || others.length > 0) return null
  if (result.end.kind !== 'exited' || result.end.code === 0) return null
  if (reading.loadFailures.length > 0 || reading.tests.some(({ outcome }) => outcome === 'failed'))
    return null
  const error = errorInOutput(result.stderr)
  if (error.name === null) return null
  const failure = toFailure({ ...error, kind: 'load' }, tree)
  return { tests: [], loadFailures: [{ file, failure }], flaw: null }
}
