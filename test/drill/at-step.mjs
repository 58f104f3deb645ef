/**
 * Does something to the program at a step, for `node --import`. A step is the nth time that it is about to, or has just done,
 * one of these: begin or commit a group of the store (`begin`, `commit`), commit one with an intent or a receipt of a landing
 * (`intent`, `receipt`), tell git to hand objects over (`objects`), to move the fence, the target or the notes (`fence`,
 * `landing`, `note`). Git is told on its input, for which it may have waited since long before.
 *
 * DRILL_STEPS is JSON: `[{ name, moment: 'before' | 'after', nth, how }]`, where `how` is
 * - `kill`, `stop`: the program is killed, or stopped;
 * - `kill_git`, `stop_git`: the same, once git has been started, has been told what to do, and was stopped before it read that;
 * - `kill_locked`, `stop_locked`: the same, once git has checked everything, holds the locks of its refs, and was stopped there;
 * - `wake`: what was stopped so goes on, and the program waits until that is done.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { appendFileSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const require = createRequire(import.meta.url)
const childProcess = require('node:child_process')
const threads = require('node:worker_threads')
const { StatementSync } = require('node:sqlite')
const { DRILL_STEPS = '[]', DRILL_STOPPED, DRILL_HALTED, DRILL_OUTPUT, DRILL_LEASE_MS } = process.env
const steps = JSON.parse(DRILL_STEPS).map((step) => ({ ...step, left: step.nth }))

function reached(names, moment) {
  for (const { how } of due(names, moment, { ofGit: false })) {
    if (how === 'wake') wake()
    else end(how)
  }
}

/** What is done to git itself has to be known when it is started. */
function due(names, moment, { ofGit }) {
  return steps.filter((step) => {
    if (!names.includes(step.name) || step.moment !== moment || step.how.includes('_') !== ofGit) return false
    step.left -= 1
    return step.left === 0
  })
}

function end(how) {
  if (how === 'stop') writeFileSync(DRILL_HALTED, String(process.pid))
  process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL')
}

function wake() {
  for (const pid of readFileSync(DRILL_STOPPED, 'utf8').trim().split('\n'))
    process.kill(Number(pid), 'SIGCONT')
  rmSync(DRILL_STOPPED)
  pause(400)
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

const run = StatementSync.prototype.run
let told = []
StatementSync.prototype.run = function (...values) {
  const { sourceSQL: sql } = this
  const isBegin = sql.startsWith('BEGIN')
  const names = isBegin ? ['begin'] : sql === 'COMMIT' ? ['commit', ...told] : []
  const [, what] = /^INSERT INTO landing_(intent|receipt)s\b/.exec(sql) ?? []
  if (what !== undefined) told.push(what)
  reached(names, 'before')
  const changes = run.call(this, ...values)
  if (isBegin) told = []
  reached(names, 'after')
  return changes
}

const spawn = childProcess.spawn
childProcess.spawn = (program, args, options) => {
  const name = nameOf(Array.isArray(args) ? args : [])
  if (name === null) return spawn(program, args, options)
  const [step] = due([name], 'before', { ofGit: true })
  if (step !== undefined) return spawnStopped(step.how, () => spawnDeaf(program, args, options))
  const child = spawn(program, args, options)
  const tell = child.stdin.end.bind(child.stdin)
  child.stdin.end = (text, ...rest) => {
    // Nothing is said to one that is let go unasked.
    if (text.length > 0) {
      reached([name], 'before')
      child.on('exit', () => reached([name], 'after'))
    }
    return tell(text, ...rest)
  }
  return child
}

function nameOf(args) {
  if (args.includes('pack-objects') && args.includes('--stdout')) return 'objects'
  const [, name] = /^tdd-orchestrator: (fence|landing|note)$/.exec(args[args.indexOf('-m') + 1] ?? '') ?? []
  return args.includes('update-ref') && name !== undefined ? name : null
}

/** Git whose words nobody has to read: it is not ended by them once the program is gone, and only what it is told ends it. */
function spawnDeaf(program, args, options) {
  const output = openSync(DRILL_OUTPUT, 'w')
  return spawn(program, args, { ...options, stdio: ['pipe', output, output] })
}

function spawnStopped(how, start) {
  const child = start()
  const [way, where] = how.split('_')
  const tell = child.stdin.end.bind(child.stdin)
  const done = () => {
    appendFileSync(DRILL_STOPPED, `${child.pid}\n`)
    end(way)
  }
  if (where === 'git') child.kill('SIGSTOP')
  child.stdin.end = (text) => {
    if (where === 'git') return tell(text, done)
    const commit = text.lastIndexOf('commit\0')
    child.stdin.write(text.slice(0, commit), () => {
      for (let waits = 0; waits < 500 && child.exitCode === null; waits += 1) {
        pause(10)
        if (!readFileSync(DRILL_OUTPUT, 'utf8').includes('prepare: ok')) continue
        child.kill('SIGSTOP')
        return tell(text.slice(commit), done)
      }
      return tell(text.slice(commit))
    })
    return child.stdin
  }
  return child
}

if (DRILL_LEASE_MS !== undefined) {
  const { Worker } = threads
  threads.Worker = class extends Worker {
    constructor(module, { workerData, ...options } = {}) {
      const isStore = workerData?.leaseMs !== undefined
      super(module, {
        ...options,
        workerData: isStore ? { ...workerData, leaseMs: Number(DRILL_LEASE_MS) } : workerData,
      })
    }
  }
}
syncBuiltinESMExports()
