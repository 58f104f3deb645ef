import { z } from 'zod'
import type { LoadFailure, TestResult } from '../../domain/evidence.ts'
import { errorInOutput, type ReportedError, toFailure, treePath } from './failure.ts'
import type { Reading, TreeRoots } from './runner.ts'
import { parsedJson } from '../../domain/parsed-json.ts'

/** Reads what our own reporters write: one JSON record a line, the last one an end record with the count of tests. */
export function readReportLines(text: string | null, tree: TreeRoots): Reading {
  const tests: TestResult[] = []
  const loadFailures: LoadFailure[] = []
  let promised: number | null = null
  if (text === null) return { tests, loadFailures, flaw: 'the runner ended without writing a report' }
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    const record = parseRecord(line)
    if (record === null) {
      return { tests, loadFailures, flaw: `line ${index + 1} of the report is not a record` }
    }
    if (promised !== null) return { tests, loadFailures, flaw: 'the report goes on after its end record' }
    if (record.kind === 'test') tests.push(testResult(record, tree))
    else if (record.kind === 'load') loadFailures.push(loadFailure(record, tree))
    else promised = record.tests
  }
  if (promised === null) return { tests, loadFailures, flaw: 'the report has no end record' }
  if (promised !== tests.length) {
    return { tests, loadFailures, flaw: `the report promises ${promised} tests and holds ${tests.length}` }
  }
  return { tests, loadFailures, flaw: null }
}

const reportedError = z.object({
  name: z.string().nullable(),
  code: z.string().nullable(),
  message: z.string(),
  stack: z.string().nullable(),
  kind: z.enum(['assertion', 'error', 'timeout', 'load']).optional(),
  frames: z.array(z.object({ file: z.string(), line: z.number().nullable() })).optional(),
})

const testRecord = z.object({
  kind: z.literal('test'),
  file: z.string(),
  path: z.array(z.string()).min(1),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  ms: z.number().nullable(),
  error: reportedError.nullable(),
})

const loadRecord = z.object({
  kind: z.literal('load'),
  file: z.string(),
  /** Null when only the output of the file's process tells what happened. */
  error: reportedError.nullable(),
  output: z.string().optional(),
  /** Said before what the output tells. */
  summary: z.string().optional(),
  as: z.enum(['error', 'load']).optional(),
})

const endRecord = z.object({ kind: z.literal('end'), tests: z.number() })

const anyRecord = z.discriminatedUnion('kind', [testRecord, loadRecord, endRecord])

function parseRecord(line: string): z.infer<typeof anyRecord> | null {
  // A line that is not JSON is a damaged report; the caller says so.
  return anyRecord.safeParse(parsedJson(line)).data ?? null
}

function testResult(record: z.infer<typeof testRecord>, tree: TreeRoots): TestResult {
  return {
    file: treePath(record.file, tree),
    name: record.path.join(' > ').replaceAll('\0', '\\0'),
    outcome: record.outcome,
    durationMs: record.ms,
    failure: record.outcome === 'failed' ? toFailure(record.error ?? NO_ERROR, tree) : null,
  }
}

function loadFailure(record: z.infer<typeof loadRecord>, tree: TreeRoots): LoadFailure {
  const error: ReportedError = record.error ?? errorInOutput(record.output ?? '')
  const message = [record.summary ?? '', error.message].filter((part) => part !== '').join('\n')
  return {
    file: treePath(record.file, tree),
    failure: toFailure({ ...error, message, kind: error.kind ?? record.as ?? 'load' }, tree),
  }
}

const NO_ERROR: ReportedError = { name: null, code: null, message: 'The runner gave no error.', stack: null }
