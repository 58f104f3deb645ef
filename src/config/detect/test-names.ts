import { JAVASCRIPT } from './javascript.ts'
import { layoutOf } from './layout.ts'
import { PYTHON } from './python.ts'
import { isForeign } from './reader.ts'

/** Files that detection takes for tests, as far as their names tell; sorted. */
export function namedLikeTests(files: readonly string[]): string[] {
  const own = files.filter((path) => !isForeign(path))
  return [JAVASCRIPT, PYTHON].flatMap((language) => layoutOf(own, language).testFiles).toSorted()
}
