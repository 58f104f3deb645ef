import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { inputOptions, OUTPUT } from '../scripts/bundle-options.ts'

const ROOT = join(import.meta.dirname, '..')

/**
 * Puts a script of the bench together with the thread of the store as `scripts/build.mjs` does, below `directory`: Node needs
 * some 40 MiB more for a process that takes the types out of its sources itself. Answers where the script is.
 */
export async function asBuilt(directory: string, script: string): Promise<string> {
  const bundle = await rolldown({
    ...inputOptions(ROOT),
    input: {
      [`bench/${script}`]: join(import.meta.dirname, `${script}.ts`),
      'store/sqlite-thread': join(ROOT, 'src/store/sqlite-thread.ts'),
    },
  })
  await bundle.write({ ...OUTPUT, dir: directory, entryFileNames: '[name].js' })
  await bundle.close()
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n')
  return join(directory, 'bench', `${script}.js`)
}
