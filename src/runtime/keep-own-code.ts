import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IS_BUILT, OWN_CODE } from './own-files.ts'

/** As they are built, each needs no other file of ours. */
const LOADED_BY_OTHERS = ['agents/scripted-player.js', 'agents/tool-server.js', 'verify/runners/reporters']

/**
 * Copies what a run starts in processes of their own, and what test runners load of us, to a directory of its own: an upgrade
 * may replace our code while the run goes on. Answers where that lies. Sources stay where they are, beside the packages
 * that they need.
 */
export async function keepOwnCode(directory: string): Promise<string> {
  if (!IS_BUILT) return OWN_CODE
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory)
  await Promise.all(
    LOADED_BY_OTHERS.map((path) => cp(join(OWN_CODE, path), join(directory, path), { recursive: true })),
  )
  // Of whatever stands above it nothing may say what kind of modules these are.
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n')
  return directory
}
