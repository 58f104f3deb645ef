import { describe, expect, it } from 'vitest'
import { isOlder, versionIn } from './version.ts'

describe('a version', () => {
  it('is the first of a text', () => {
    expect(versionIn('2.1.329 (Claude Code)')).toEqual([2, 1, 329])
    expect(versionIn('no version at all')).toBe(null)
  })

  it.each<[string, string, boolean]>([
    ['2.0.22 (Claude Code)', '2.0.72', true],
    ['1.9.99', '2.0.72', true],
    ['2.0.72', '2.0.72', false],
    ['2.0.100', '2.0.72', false],
    ['2.1.0', '2.0.72', false],
    ['10.0.0', '2.0.72', false],
    ['none', '2.0.72', false],
  ])('%s is older than %s: %s', (text, than, older) => {
    expect(isOlder(text, than)).toBe(older)
  })
})
