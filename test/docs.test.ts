import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedDocs } from '../scripts/docs.ts'

describe('the generated documentation', () => {
  it.each(Object.entries(generatedDocs()))('%s is what npm run docs would write', (path, text) => {
    const written = readFileSync(join(import.meta.dirname, '..', path), 'utf8')
    expect(written, 'run npm run docs and commit what changed').toBe(text)
  })

  it('names the default, range and variable of an option', () => {
    expect(generatedDocs()['docs/configuration.md']).toMatch(
      /\| `workers` \| whole number \| 1 to 1000 \| +\| `3` \| `TDD_MAX_WORKERS` \|/,
    )
  })
})
