import { expect, it } from 'vitest'
import { mergeCommand } from './merge-command.ts'

it('a branch whose name a shell would obey is one word of the command that brings it in', () => {
  expect(mergeCommand('tdd/numbers')).toBe('git merge --ff-only tdd/numbers')
  expect(mergeCommand('a;echo$IFS')).toBe("git merge --ff-only 'a;echo$IFS'")
})
