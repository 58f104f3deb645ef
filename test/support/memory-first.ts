import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Puts what tests write into memory where there is enough of it: on a disk a quarter of the suite's time goes into making
 * and removing small files. Drills, which are about what is left on a disk, stay there; a TMPDIR of the person's holds.
 */
const MEMORY = '/dev/shm'
const LEAST_FREE_BYTES = 4 * 1024 ** 3
const LEAST_AVAILABLE_BYTES = 8 * 1024 ** 3

const isChosen = process.env['TMPDIR'] !== undefined || process.env['TDD_DRILL'] !== undefined
if (!isChosen && process.platform === 'linux' && hasRoom() && startsPrograms()) process.env['TMPDIR'] = MEMORY

function hasRoom(): boolean {
  if (!existsSync(MEMORY) || process.availableMemory() < LEAST_AVAILABLE_BYTES) return false
  const { bavail, bsize } = statfsSync(MEMORY)
  return bavail * bsize >= LEAST_FREE_BYTES
}

/** It may be mounted so that nothing on it can be started. */
function startsPrograms(): boolean {
  try {
    const directory = mkdtempSync(join(MEMORY, 'start-'))
    const program = join(directory, 'program')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
    const { status } = spawnSync(program)
    rmSync(directory, { recursive: true, force: true })
    return status === 0
  } catch {
    return false
  }
}
