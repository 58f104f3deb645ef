import { rm } from 'node:fs/promises'
import { Scope } from '../runtime/scope.ts'
import { makeTemporaryDirectory } from '../runtime/temporary-directory.ts'
import { type Bench, openBench, type OpenOptions } from './open.ts'

/** A bench for what writes nothing: it stands among temporary files, and needs no state directory that can be written. */
export async function openTemporaryBench(options: OpenOptions): Promise<Bench> {
  await using scope = new Scope()
  const directory = makeTemporaryDirectory('tdd-bench-')
  scope.add('temporary files', () => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const flags = { ...options.flags, 'state.directory': directory }
  const bench = await openBench({ ...options, flags })
  scope.add('bench', async () => await bench[Symbol.asyncDispose]())
  const parts = scope.move()
  return { ...bench, [Symbol.asyncDispose]: () => parts.release() }
}
