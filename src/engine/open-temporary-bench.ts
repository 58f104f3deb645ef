import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scope } from '../runtime/scope.ts'
import { type Bench, openBench, type OpenOptions } from './open.ts'

/** A bench for what writes nothing: it stands among temporary files, and needs no state directory that can be written. */
export async function openTemporaryBench(options: OpenOptions): Promise<Bench> {
  await using scope = new Scope()
  const directory = await mkdtemp(join(tmpdir(), 'tdd-bench-'))
  scope.add('temporary files', () => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const flags = { ...options.flags, 'state.directory': directory }
  const bench = await openBench({ ...options, flags })
  scope.add('bench', async () => await bench[Symbol.asyncDispose]())
  const parts = scope.move()
  return { ...bench, [Symbol.asyncDispose]: () => parts.release() }
}
