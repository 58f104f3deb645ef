import { createHash, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { makeStateDirectory } from '../../config/state-directory.ts'
import { OrchestratorError } from '../../errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import { readUntrusted } from '../../runtime/read-untrusted.ts'
import { writeWhole } from '../../runtime/write-whole.ts'
import { parsedJson } from '../../domain/parsed-json.ts'

/** 33 letters for each of these: nobody guesses it. */
const TOKEN_LETTERS = 24
const LONGEST_FILE = 1_000

const permitShape = z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/), until: z.number() })

/** Makes the one token of a repository by which assistants may change a run; only its digest is kept, and the one before is void. */
export async function givePermit(
  stateDirectory: string,
  clock: Pick<Clock, 'now' | 'id'>,
  forMs: number,
): Promise<{ readonly token: string; readonly until: number }> {
  const token = `tdd-${clock.id(TOKEN_LETTERS)}`
  const until = clock.now() + forMs
  makeStateDirectory(stateDirectory)
  await writeWhole(fileIn(stateDirectory), JSON.stringify({ digest: digestOf(token).toString('hex'), until }))
  return { token, until }
}

/** Holds that a person has given this token, and that it still holds. Throws `permission_missing`, and never repeats it. */
export async function requirePermit(
  stateDirectory: string,
  clock: Pick<Clock, 'now'>,
  token: string | undefined,
): Promise<void> {
  const kept = await readPermit(stateDirectory)
  const isRight = timingSafeEqual(digestOf(token ?? ''), Buffer.from(kept?.digest ?? NOBODYS, 'hex'))
  if (kept !== null && isRight && clock.now() < kept.until) return
  const why =
    token === undefined
      ? 'this changes a run, and no token of a person was given'
      : kept !== null && isRight
        ? 'the time of this token is over'
        : 'this is not the token that a person was shown last'
  throw new OrchestratorError('permission_missing', why, { hint: HOW })
}

const HOW =
  'Ask the person to enter `orchestrator mcp --token` in a terminal, in this repository, and to tell you the token, which goes into `token`.'

/** No text has it. */
const NOBODYS = '0'.repeat(64)

async function readPermit(stateDirectory: string): Promise<z.infer<typeof permitShape> | null> {
  const text = await readUntrusted(fileIn(stateDirectory), LONGEST_FILE)
  // Where there is none, nobody is permitted anything.
  return permitShape.safeParse(parsedJson(text ?? '')).data ?? null
}

function fileIn(stateDirectory: string): string {
  return join(stateDirectory, 'mcp-permit.json')
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
