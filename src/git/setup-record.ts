import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Room } from '../runtime/disk-use.ts'
import type { LeftBySetup } from './left-by-setup.ts'

/** What setup left for a key, as it is remembered on disk where no command can see it. */
export interface SetupRecord extends LeftBySetup {
  readonly key: string
  /** It was tried since whether a broken line is noticed; on disk, that it is. */
  readonly guarded: boolean
  /** Of an image: what a copy takes on a disk. */
  readonly size?: Room
}

const RECORD_VERSION = 1

/** Null for a record that cannot be understood: then setup runs again, which is always right. */
export async function readSetupRecord(file: string): Promise<SetupRecord | null> {
  try {
    const record: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (!isWritten(record)) return null
    const { key, folders, size } = record
    const guarded = record.guarded ?? false
    const installed = { installed: new Map(record.installed), home: new Map(record.home) }
    return { key, folders, ...installed, guarded, ...(size === undefined ? {} : { size }) }
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

interface WrittenRecord {
  readonly version: number
  readonly key: string
  readonly folders: readonly string[]
  readonly installed: readonly (readonly [string, string])[]
  readonly home: readonly (readonly [string, string])[]
  readonly size?: Room
  /** Left out by older programs. */
  readonly guarded?: boolean
}

/** The file is our own; only its age and wholeness are in doubt. */
function isWritten(value: unknown): value is WrittenRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === RECORD_VERSION
}
