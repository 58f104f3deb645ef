import { describe, expect, it } from 'vitest'
import { moduleShape } from './javascript-exports.ts'
import { moduleUses } from './javascript-imports.ts'
import { pythonShape, pythonUses } from './python-modules.ts'
import { readOnce } from './read-once.ts'

describe('a reading that is made once', () => {
  it('is made again for another text and for another language', () => {
    const read: string[] = []
    const reading = readOnce((path, text) => {
      read.push(path)
      return text.length
    })
    expect([reading('a.js', 'one'), reading('b/c.js', 'one'), reading('a.js', 'three')]).toEqual([3, 3, 5])
    reading('a.ts', 'one')
    expect(read).toEqual(['a.js', 'a.js', 'a.ts'])
  })

  it.each([
    ['what a script imports', moduleUses, 'js'],
    ['what a script exports', moduleShape, 'js'],
    ['what a Python file imports', pythonUses, 'py'],
    ['what a Python file defines', pythonShape, 'py'],
  ])('is %s', (_, reading, extension) => {
    const text = 'import a\n'
    expect(reading(`a.${extension}`, text)).toBe(reading(`b.${extension}`, text))
  })
})
