import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn } from './contained.ts'

// In a small file system of its own (argv[2]): three commands each of which wants 40 MiB of it, and tries until it has them. Prints how they ended.
const [, , directory = ''] = process.argv
const exec = createExec({ ownerId: `writers-${process.pid}`, sandbox: 'off' })
const writer = `
  const { appendFileSync } = require('node:fs')
  const part = Buffer.alloc(1024 * 1024)
  let left = 40
  const again = setInterval(() => {
    try { appendFileSync('large', part); left -= 1 } catch {}
    if (left === 0) clearInterval(again)
  }, 25)`
const ends = await Promise.all(
  ['a', 'b', 'c'].map(async (name) => {
    const tree = join(directory, name, 'tree')
    mkdirSync(tree, { recursive: true })
    const { end } = await exec.contained(containedIn(tree, [process.execPath, '-e', writer]))
    if (end.kind === 'limit') rmSync(tree, { recursive: true })
    return end
  }),
)
process.stdout.write(JSON.stringify(ends))
