import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * Reads a file that an untrusted process could have planted: never follows a link in the last place, never waits on a
 * FIFO or device, never reads more than `maxBytes`. Null when it is not a regular file.
 */
export async function readUntrusted(path: string, maxBytes: number): Promise<string | null> {
  return (await readUntrustedBytes(path, maxBytes))?.toString('utf8') ?? null
}

/** The same, for one who has to know whether it is text. */
export async function readUntrustedBytes(path: string, maxBytes: number): Promise<Buffer | null> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    // Missing, a link, or not to be opened: nothing that counts.
    return null
  }
  try {
    if (!(await file.stat()).isFile()) return null
    const buffer = Buffer.alloc(maxBytes)
    const { bytesRead } = await file.read(buffer, 0, maxBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
