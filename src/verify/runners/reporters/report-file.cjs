// What our reporters share: the report file, and how an error is written down. Runs in the project's own processes,
// on Node 18 or newer, and needs nothing but Node.
'use strict'

const { appendFileSync } = require('node:fs')

// Kept from here on: a test can replace the functions of the process it runs in.
const append = appendFileSync
const write = JSON.stringify

const startTimer = setTimeout
const exit = process.exit

const FIELD_CHARACTERS = 64 * 1024
const LEAVE_MS = 3_000

/** Opens the report that the environment names, and hides its name from what runs later. */
function openReport() {
  const file = process.env.TDD_REPORT
  delete process.env.TDD_REPORT
  if (!file) throw new Error('TDD_REPORT is not set: this reporter is started by its orchestrator only')
  let tests = 0
  const line = (record) => append(file, `${write(record)}\n`)
  return {
    test: (record) => {
      tests += 1
      line({ kind: 'test', ...record })
    },
    load: (record) => line({ kind: 'load', ...record }),
    end: () => line({ kind: 'end', tests }),
  }
}

/** Ends a process whose tests have ended and left something open; its exit code is what the runner made it. */
function leaveSoon() {
  startTimer(() => exit.call(process), LEAVE_MS).unref()
}

/** An error of any library as the report holds it. `kind` is given where the reporter is sure of it. */
function errorRecord(error, kind) {
  const source = error !== null && typeof error === 'object' ? error : { message: String(error) }
  return {
    name: text(source.name) ?? nameInStack(source.stack ?? source.stackStr),
    code: text(source.code),
    message: text(source.message) ?? 'The runner gave no message.',
    stack: text(source.stack) ?? text(source.stackStr),
    ...(kind === undefined ? {} : { kind }),
  }
}

function nameInStack(stack) {
  return typeof stack === 'string' ? (/^([A-Z][\w$]*)(?: \[[A-Z_]+\])?:/.exec(stack)?.[1] ?? null) : null
}

function text(value) {
  return typeof value === 'string' ? value.slice(0, FIELD_CHARACTERS) : null
}

module.exports = { openReport, errorRecord, leaveSoon }
