import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { shellWord } from './shell-word.ts'

it.each(["/tmp/sp ace's $x/co", '', '-', 'a`b`', 'a\nb', '"\\', '*?[~]', '!x', 'plain/path-1.txt'])(
  'is read by a shell as %j again',
  (text) => {
    const read = execFileSync('sh', ['-c', `printf %s. ${shellWord(text)}`], { encoding: 'utf8' })
    expect(read).toBe(`${text}.`)
  },
)

it('leaves plain words as they are', () => {
  expect(shellWord('src/a-b_c.ts')).toBe('src/a-b_c.ts')
})
