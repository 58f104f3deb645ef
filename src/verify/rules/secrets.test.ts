import { describe, expect, it } from 'vitest'
import { findConflictMarkers } from './conflict-markers.ts'
import { findSecrets } from './secrets.ts'

// Put together here, so that this file itself holds nothing that looks like a credential.
const AWS = ['AK', 'IAQ3EGRT7WXLBN52KD'].join('')
const GITHUB = ['gh', 'p_a8Kd02mVxQwLr7ZtYbNc5SfHjGe3UiOpT4Rq'].join('')
const KEY = ['-----BEGIN RSA PRIVATE ', 'KEY-----\nMIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi0FZ2Yk\n'].join('')

function secrets(text: string, before: string | null = null): (number | null)[] {
  return findSecrets({ path: 'a.js', text, before }).map((finding) => finding.line)
}

describe('secrets', () => {
  it.each([AWS, GITHUB, KEY])('are found by their form', (secret) => {
    expect(secrets(`first\nconst key = '${secret}'\n`)).toEqual([2])
  })

  it('are found by their value where a person named them, unless the line was there before', () => {
    const text = 'first\nconst key = "cmVkYWN0" + "plain-looking-9431"\n'
    const found = (before: string | null) =>
      findSecrets({ path: 'a.js', text, before, known: ['plain-looking-9431'] })
    expect(found(null)).toMatchObject([{ rule: 'secret', line: 2, message: 'it holds a secret of yours' }])
    expect(found(text)).toEqual([])
  })

  it('are not repeated by the message', () => {
    expect(JSON.stringify(findSecrets({ path: 'a.js', text: GITHUB }))).not.toContain(GITHUB)
  })

  it('are not seen in examples, placeholders, headers without a key, or lines that were there before', () => {
    expect(
      secrets(
        `${['AK', 'IAIOSFODNN7EXAMPLE'].join('')}\n${['gh', `p_${'x'.repeat(36)}`].join('')}\n-----BEGIN PRIVATE KEY-----\n`,
      ),
    ).toEqual([])
    expect(secrets(AWS, `x\n${AWS}`)).toEqual([])
    expect(secrets(`sha512-${AWS}QWERTY`)).toEqual([])
  })
})

describe('conflict markers', () => {
  const left = `${'<'.repeat(7)} HEAD\na\n=======\nb\n${'>'.repeat(7)} other\n`

  it('are found where all three stand, and not in prose or where they were before', () => {
    expect(findConflictMarkers({ path: 'a.md', text: `x\n${left}` }).map((finding) => finding.line)).toEqual([
      2,
    ])
    expect(findConflictMarkers({ path: 'a.md', text: 'Title\n=======\ntext\n' })).toEqual([])
    expect(findConflictMarkers({ path: 'a.md', text: left, before: left })).toEqual([])
  })
})
