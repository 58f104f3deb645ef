import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { onTestFinished } from 'vitest'
import { inputOptions } from '../../scripts/bundle-options.ts'
import { testPlace } from './contained.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The agent that uses the tools of its attempt, in one file, and where a sandbox shows it: also where a checkout is not shown. */
export async function askingAgent(): Promise<string> {
  const place = testPlace('outside')
  onTestFinished(() => place[Symbol.dispose]())
  const file = join(place.path, 'asking-agent.mjs')
  const input = join(ROOT, 'test', 'fixtures', 'agents', 'asking-agent.mjs')
  await using made = await rolldown({ ...inputOptions(ROOT), input })
  await made.write({ file, format: 'esm' })
  return file
}
