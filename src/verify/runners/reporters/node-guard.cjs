// Loaded into the process of each test file of `node --test`. A process that is ended from inside before its tests
// have ended looks like a passing file to the runner; this writes down that it happened.
'use strict'

const { isMainThread } = require('node:worker_threads')
const { appendFileSync } = require('node:fs')

if (process.env.NODE_TEST_CONTEXT && isMainThread && process.env.TDD_EXITS) watch(process.env.TDD_EXITS)

function watch(target) {
  delete process.env.TDD_EXITS
  delete process.env.TDD_TEST_MS
  const append = appendFileSync
  const write = JSON.stringify
  const file = process.argv[1]
  let drained = false
  process.on('beforeExit', () => {
    drained = true
  })
  process.on('exit', (code) => {
    if (!drained) append(target, `${write({ file, code })}\n`)
  })
}
