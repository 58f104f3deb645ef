import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Room } from '../runtime/disk-use.ts'
import type { LeftBySetup } from './left-by-setup.ts'

/** What setup left for a key, as it is remembered on disk where no command can see it. */
export interface SetupRecord extends LeftBySetup {
  readonly key: string
  /** Of a slot: it was tried since whether a broken line is noticed; on disk, that it is. */
  readonly guarded?: boolean
  /** Of an image: what a copy takes on a disk. */
  readonly size?: Room
}

const RECORD_VERSION = 1

/** Null for a record that cannot be understood: then setup runs again, which is always right. */
export async function readSetupRecord(file: string): Promise<SetupRecord | null> {
  try {
    const record: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (!isWritten(record)) return null
    const { version: _, installed, home, ...facts } = record
    return { ...facts, installed: new Map(installed), home: new Map(home) }
  } catch {
    // Missing or cut off.
    return null
  }
}

export async function writeSetupRecord(file: string, record: SetupRecord): Promise<void> {
  const written: WrittenRecord = {
    ...record,
    version: RECORD_VERSION,
    installed: [...record.installed],
    home: [...record.home],
  }
  await writeFile(`${file}.new`, JSON.stringify(written))
  await rename(`${file}.new`, file)
}

interface WrittenRecord extends Omit<SetupRecord, 'installed' | 'home'> {
  readonly version: number
  readonly installed: readonly (readonly [string, string])[]
  readonly home: readonly (readonly [string, string])[]
}

/** The file is our own; only its age and wholeness are in doubt. */
function isWritten(value: unknown): value is WrittenRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === RECORD_VERSION
}
