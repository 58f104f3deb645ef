import { describe, expect, it } from 'vitest'
import { unusedExports } from './support/unused-exports.ts'

describe('the search for exports that nobody imports', () => {
  it('finds what is left over, of every kind', () => {
    const text = `export const a = 1
export function b() {}
export interface C {}
export type { D } from './d.ts'
const hidden = 1
export { hidden as e }
`
    expect(unusedExports(new Map([['src/x.ts', text]]), [])).toEqual(
      ['a', 'b', 'C', 'D', 'e'].map((name) => `src/x.ts: ${name}`),
    )
  })

  it('counts every way to import, and leaves entries alone', () => {
    const files = new Map([
      [
        'src/x.ts',
        'export const a = 1\nexport const b = 1\nexport type C = 1\nexport const d = 1\nexport const e = 1\n',
      ],
      ['src/y.ts', `import { a, type C } from './x.ts'\nexport { b } from './x.ts'\n`],
      [
        'test/z.ts',
        `const { d: other } = await import('../src/x.ts')\nlet it: typeof import('../src/y.ts')\n`,
      ],
      ['src/main.ts', 'export const entry = 1\n'],
    ])
    expect(unusedExports(files, ['src/main.ts'])).toEqual(['src/x.ts: e'])
  })
})
