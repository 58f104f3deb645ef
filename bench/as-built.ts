import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const ROOT = join(import.meta.dirname, '..')
/** Packages with native code or state of their own stay what they are. */
const EXTERNAL = /^(?:node:|@ast-grep\/|@opentelemetry\/)/

/**
 * Puts a script of the bench together with the thread of the store as `scripts/build.mjs` does, below `directory`: Node needs
 * some 40 MiB more for a process that takes the types out of its sources itself. Answers where the script is.
 */
export async function asBuilt(directory: string, script: string): Promise<string> {
  const bundle = await rolldown({
    cwd: ROOT,
    platform: 'node',
    external: (id) => EXTERNAL.test(id),
    input: {
      [`bench/${script}`]: join(import.meta.dirname, `${script}.ts`),
      'store/sqlite-thread': join(ROOT, 'src/store/sqlite-thread.ts'),
    },
  })
  const output = {
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  } as const
  await bundle.write({ dir: directory, ...output })
  await bundle.close()
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n')
  return join(directory, 'bench', `${script}.js`)
}
