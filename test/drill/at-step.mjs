/**
 * Ends the program at a step, for `node --import`. A step is the nth time that it is about to, or has just done, one of these:
 * commit a group of the store (`commit`), start git to change refs (`refs`), start git to hand objects over (`objects`).
 * DRILL_STEP is `NAME before|after NTH SIGNAL`; with `git` as the signal of `refs before`, the git that is started is stopped and
 * the program killed, so that git goes on long after.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { writeFileSync } from 'node:fs'

const require = createRequire(import.meta.url)
const childProcess = require('node:child_process')
const { DatabaseSync } = require('node:sqlite')
const [name, when, nth, how] = (process.env.DRILL_STEP ?? '').split(' ')
let count = 0

function reached(step, moment, git) {
  if (step !== name || moment !== when) return
  count += 1
  if (count !== Number(nth)) return
  if (how !== 'git') return process.kill(process.pid, how)
  git.kill('SIGSTOP')
  writeFileSync(process.env.DRILL_STOPPED, String(git.pid))
  process.kill(process.pid, 'SIGKILL')
}

const exec = DatabaseSync.prototype.exec
DatabaseSync.prototype.exec = function (sql) {
  if (sql === 'COMMIT') reached('commit', 'before')
  exec.call(this, sql)
  if (sql === 'COMMIT') reached('commit', 'after')
}

const spawn = childProcess.spawn
childProcess.spawn = (...args) => {
  const words = Array.isArray(args[1]) ? args[1] : []
  const step = words.includes('update-ref')
    ? 'refs'
    : words.includes('pack-objects') && words.includes('--stdout')
      ? 'objects'
      : null
  if (step === null) return spawn(...args)
  if (how !== 'git') reached(step, 'before')
  const child = spawn(...args)
  if (how === 'git') reached(step, 'before', child)
  child.on('exit', () => reached(step, 'after'))
  return child
}
syncBuiltinESMExports()
