import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
  for (const path of LOADED_BY_OTHERS) {
    for (const file of await filesAt(path)) await copyTo(directory, file)
  }
  // Of whatever stands above it nothing may say what kind of modules these are.
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n')
  return directory
}

async function filesAt(path: string): Promise<string[]> {
  const place = join(OWN_CODE, path)
  if (!(await stat(place)).isDirectory()) return [path]
  return (await readdir(place)).map((name) => join(path, name))
}

/** Directories are made anew: where the program is installed for reading only, theirs could not be removed any more. */
async function copyTo(directory: string, file: string): Promise<void> {
  await mkdir(dirname(join(directory, file)), { recursive: true })
  await copyFile(join(OWN_CODE, file), join(directory, file))
}
