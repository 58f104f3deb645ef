import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { endProcess } from './end-process.ts'
import { lastWords } from './last-words.ts'

const ANSWER_MS = 60_000

/** A Node program of this folder that drives one peer in a process of its own: its loops and its memory are not ours. */
interface PeerProgram extends AsyncDisposable {
  /** One question at a time; an error with its last words where it cannot answer. */
  ask(question: object): Promise<number>
}

/** Starts a program with the address of its server and answers when it can be asked. */
export async function startProgram(name: string, address: string): Promise<PeerProgram> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), address], {
    // Nothing of the user's own settings for databases and loggers.
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const words = lastWords(child)
  const end = (): Promise<void> => endProcess(child, 'SIGKILL')
  const next = async (): Promise<number> => {
    try {
      return await nextMessage(child)
    } catch (error) {
      await end()
      throw new Error(`${name}: ${(error as Error).message}: ${words()}`, { cause: error })
    }
  }
  await next()
  return {
    ask: (question) => {
      child.send(question)
      return next()
    },
    [Symbol.asyncDispose]: end,
  }
}

async function nextMessage(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const late = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS} ms`)), ANSWER_MS)
  const onClose = (code: number | null, signal: string | null): void =>
    reject(new Error(`it ended with ${code ?? signal}`))
  child.once('message', resolve).once('close', onClose).once('error', reject)
  try {
    return await promise
  } finally {
    clearTimeout(late)
    child.off('message', resolve).off('close', onClose).off('error', reject)
  }
}
