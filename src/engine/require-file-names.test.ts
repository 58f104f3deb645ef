import { expect, it } from 'vitest'
import { namesFault } from './require-file-names.ts'

it('a file system serves that holds all the names of a tree apart, and as they are', () => {
  expect(namesFault({ keeps: true, folds: true }, ['README', 'src', 'src/add.js'])).toBe(null)
  expect(namesFault({ keeps: true, folds: false }, ['README', 'readme'])).toBe(null)
  expect(namesFault({ keeps: true, folds: true }, ['README', 'readme'])).toMatch(
    /^holds only one of "README" and "readme"/,
  )
  expect(namesFault({ keeps: false, folds: true }, ['readme'])).toMatch(/otherwise/)
})
