// Reporter for `node --test`, loaded by the project's own Node (18 or newer) in the process that starts the test files.
// Writes one JSON record a line to the destination that the command line names.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

const OUTPUT_CHARACTERS = 64 * 1024
const GRACE_MS = 1_000
// Node 18 has no `test:complete`.
const ENDS = new Set(['test:complete', 'test:pass', 'test:fail'])
const limitMs = Number(process.env.TDD_TEST_MS ?? 0)
const exitsFile = process.env.TDD_EXITS

// oxlint-disable-next-line import/no-default-export -- the runner asks for one
export default async function* report(events) {
  const state = { files: new Map(), current: null, tests: 0 }
  const watch = limitMs > 0 ? setInterval(() => endHanging(state), 250) : null
  watch?.unref()
  try {
    for await (const event of events) {
      for (const record of recordsOf(event, state)) yield `${JSON.stringify(record)}\n`
    }
  } finally {
    if (watch !== null) clearInterval(watch)
  }
  for (const record of [...(await earlyExits(state)), ...unfinished(state)])
    yield `${JSON.stringify(record)}\n`
  yield `${JSON.stringify({ kind: 'end', tests: state.tests })}\n`
}

function recordsOf({ type, data }, state) {
  if (data === undefined || data === null) return []
  if (type === 'test:stderr') {
    const file = fileState(data.entryFile ?? data.file, state)
    file.stderr = (file.stderr + data.message).slice(-OUTPUT_CHARACTERS)
    return []
  }
  if (type === 'test:diagnostic' && /asynchronous activity/.test(data.message)) {
    fileState(entryOf(data, state), state).stderr += `${data.message}\n`
  }
  if (data.nesting === undefined || data.name === undefined) return []
  if (isFile(data)) return fileEvent(type, data, state)
  const file = fileState(entryOf(data, state), state)
  file.lastEvent = Date.now()
  if (type === 'test:dequeue') {
    file.open.length = data.nesting
    file.open[data.nesting] = data.name
    file.running.set(runningKey(data), [...file.open])
  }
  if (ENDS.has(type)) file.running.delete(runningKey(data))
  if (type === 'test:start') {
    file.names.length = data.nesting
    file.names[data.nesting] = data.name
  }
  return type === 'test:pass' || type === 'test:fail' ? testEvent(type, data, file, state) : []
}

// Node reports each file as a test of its own; that is never a test here.
function fileEvent(type, data, state) {
  const path = plainPath(data.file ?? data.name)
  const file = fileState(path, state)
  if (type === 'test:dequeue') {
    state.current = path
    file.lastEvent = Date.now()
  }
  if (ENDS.has(type)) file.lastEvent = null
  if (type !== 'test:fail') return []
  const error = data.details?.error
  if (error?.failureType === 'subtestsFailed') return []
  file.failed = true
  if (file.killed || error?.failureType === 'testTimeoutFailure') return hanging(file, path, state)
  const how = error?.signal ? `signal ${error.signal}` : `code ${error?.exitCode ?? 1}`
  const summary = `The process of this test file ended with ${how}${file.reported > 0 ? ' after its tests' : ''}.`
  const kind = file.reported > 0 ? 'error' : 'load'
  return [{ kind: 'load', file: path, error: null, output: file.stderr, summary, as: kind }]
}

function hanging(file, path, state) {
  const open = [...file.running.values()]
  const inside = (inner, outer) =>
    inner.length > outer.length && outer.every((name, at) => inner[at] === name)
  const running = open.filter((names) => !open.some((other) => inside(other, names)))
  const message = `No end within ${limitMs} ms.`
  const error = { name: null, code: null, message, stack: null, kind: 'timeout' }
  if (running.length === 0) return [{ kind: 'load', file: path, error }]
  state.tests += running.length
  return running.map((names) => ({
    kind: 'test',
    file: path,
    path: names,
    outcome: 'failed',
    ms: limitMs,
    error,
  }))
}

function testEvent(type, data, file, state) {
  const suite = data.details?.type === 'suite'
  const error = data.details?.error
  const skipped = data.skip !== undefined || data.todo !== undefined
  const failed = type === 'test:fail' && !skipped
  const test = {
    kind: 'test',
    file: file.path,
    path: [...file.names.slice(0, data.nesting), data.name],
    outcome: skipped ? 'skipped' : failed ? 'failed' : 'passed',
    ms: data.details?.duration_ms ?? null,
    error: null,
  }
  file.reported += 1
  const records = []
  if (failed) {
    const subtests = error?.failureType === 'subtestsFailed'
    test.error = subtests ? (file.inherited ?? errorOf(error)) : errorOf(error)
    // A test that its parent cancelled failed for the parent's reason, which comes later.
    if (error?.failureType === 'cancelledByParent' && data.nesting > 0) {
      file.cancelled.push(test)
      return []
    }
    const cancelled = file.cancelled.splice(0).map((child) => ({ ...child, error: test.error }))
    records.push(...cancelled)
    if (!subtests && file.inherited === null) file.inherited = test.error
    if (!suite || (!subtests && cancelled.length === 0)) records.push(test)
  } else if (!suite) {
    records.push(test)
  }
  if (data.nesting === 0) file.inherited = null
  state.tests += records.length
  return records
}

function errorOf(error) {
  const cause = error?.cause
  if (error?.failureType === 'testTimeoutFailure') return { ...plain(error), kind: 'timeout' }
  if (cause !== null && typeof cause === 'object') return 'message' in cause ? plain(cause) : drawn(cause)
  return {
    name: null,
    code: null,
    message: String(cause ?? error?.message ?? 'The test failed.'),
    stack: null,
  }
}

// What cannot be copied from one process to the other, such as a promise that an assertion was handed, comes as a picture.
function drawn(cause) {
  const text = inspect(cause)
  const [, name, code = null, rest] = /^(\w+)(?: \[(\w+)\])?: ([^]*)$/.exec(text) ?? []
  if (name === undefined) return { name: null, code: null, message: text, stack: null }
  const [message] = rest.split(/\n {4}at /, 1)
  return { name, code, message, stack: text }
}

function plain(error) {
  const text = (value) => (typeof value === 'string' ? value : null)
  return {
    name: text(error.name),
    code: text(error.code),
    message: String(error.message),
    stack: text(error.stack),
  }
}

// A file in which nothing ends any more: end its process, so that the files after it still run.
function endHanging(state) {
  const now = Date.now()
  for (const file of state.files.values()) {
    if (file.killed || file.lastEvent === null || now - file.lastEvent < limitMs + GRACE_MS) continue
    file.killed = true
    for (const child of childrenOf(file.path)) child.kill('SIGKILL')
  }
}

function childrenOf(path) {
  const handles = typeof process._getActiveHandles === 'function' ? process._getActiveHandles() : []
  return handles.filter(
    (handle) => Array.isArray(handle?.spawnargs) && handle.spawnargs.some((arg) => resolve(arg) === path),
  )
}

// A file whose process was ended from inside (process.exit) looks like a passing one to Node.
async function earlyExits(state) {
  if (exitsFile === undefined) return []
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(exitsFile, 'utf8').catch(() => '')
  const exits = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  const silent = exits.filter((exit) => !fileState(exit.file, state).failed)
  return silent.map((exit) => {
    const message = `process.exit(${exit.code}) was called before the tests of this file had ended.`
    return brokenOff(fileState(exit.file, state), { message, stack: exit.stack ?? null })
  })
}

// Node says nothing of how a file's process ended where one of its tests had failed before.
function unfinished(state) {
  const silent = [...state.files.values()].filter((file) => !file.failed)
  return silent.flatMap((file) => {
    if (file.running.size === 0) return []
    if (file.killed) return hanging(file, file.path, state)
    const message = 'The process of this test file ended before its tests had ended.'
    return [brokenOff(file, { message, stack: null })]
  })
}

function brokenOff(file, { message, stack }) {
  file.failed = true
  return { kind: 'load', file: file.path, error: { name: null, code: null, message, stack, kind: 'error' } }
}

function isFile(data) {
  if (data.nesting !== 0 || data.entryFile !== undefined) return false
  const file = plainPath(data.file ?? data.name)
  return data.name === file || resolve(data.name) === file
}

function entryOf(data, state) {
  return plainPath(data.entryFile ?? state.current ?? data.file ?? 'unknown')
}

function runningKey(data) {
  return data.testId === undefined
    ? `${data.nesting} ${data.line} ${data.column} ${data.name}`
    : `#${data.testId}`
}

function fileState(path, state) {
  const key = resolve(plainPath(path ?? 'unknown'))
  const known = state.files.get(key)
  if (known !== undefined) return known
  const file = {
    path: key,
    names: [],
    open: [],
    running: new Map(),
    cancelled: [],
    stderr: '',
    reported: 0,
    inherited: null,
    lastEvent: null,
    killed: false,
    failed: false,
  }
  state.files.set(key, file)
  return file
}

function plainPath(path) {
  return path.startsWith('file://') ? fileURLToPath(path) : path
}
