import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Puts the Node that runs the tests first on PATH, outside of `node_modules`, where the engine would leave it out: the
 * projects of tests then run on one version, whichever the machine has. `pathOfMachine` is without it.
 */
export const NODE_DIRECTORY = resolve(import.meta.dirname, '..', '..', '.vitest', 'bin')

mkdirSync(NODE_DIRECTORY, { recursive: true })
const made = join(NODE_DIRECTORY, `node-${process.pid}`)
symlinkSync(process.execPath, made)
renameSync(made, join(NODE_DIRECTORY, 'node'))
const path = process.env['PATH'] ?? ''
if (!path.startsWith(`${NODE_DIRECTORY}:`)) process.env['PATH'] = `${NODE_DIRECTORY}:${path}`
