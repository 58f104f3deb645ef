import { describe, expect, it } from 'vitest'
import { formatCommit, parseCommit } from './commit-object.ts'

const ID = 'c'.repeat(40)
const TREE = 't'.repeat(40)
const PERSON = { name: 'Ada Example', email: 'ada@example.com' }

function raw(lines: readonly string[], encoding: 'utf8' | 'latin1' = 'utf8'): Buffer {
  return Buffer.from(lines.join('\n'), encoding)
}

describe('formatCommit', () => {
  it('writes headers, whole seconds in UTC and the message as it is', () => {
    const request = {
      tree: TREE,
      parents: ['a', 'b'],
      message: 'Subject\n\nBody',
      author: PERSON,
      committer: PERSON,
      at: 12_999,
    }
    expect(formatCommit(request).toString().split('\n')).toEqual([
      `tree ${TREE}`,
      'parent a',
      'parent b',
      'author Ada Example <ada@example.com> 12 +0000',
      'committer Ada Example <ada@example.com> 12 +0000',
      '',
      'Subject',
      '',
      'Body',
    ])
  })

  it('keeps out of names what would end a header', () => {
    const author = { name: ' "Ada <x>\nparent evil.', email: 'a@b>\n.c' }
    const text = formatCommit({
      tree: TREE,
      parents: [],
      message: 'm\0n',
      author,
      committer: { name: '', email: '' },
      at: 0,
    }).toString()
    expect(text).toContain('\nauthor Ada xparent evil <a@b.c> 0 +0000\ncommitter unknown <> 0 +0000\n\nmn')
  })
})

describe('parseCommit', () => {
  it('reads what was written', () => {
    const request = {
      tree: TREE,
      parents: ['a'],
      message: '\u00fc\n\nTDD-Task: A\n',
      author: PERSON,
      committer: PERSON,
      at: 5_000,
    }
    expect(parseCommit(ID, formatCommit(request))).toEqual({
      id: ID,
      tree: TREE,
      parents: ['a'],
      author: PERSON,
      authoredAt: 5_000,
      message: request.message,
    })
  })

  it('takes no line of a signature for a header', () => {
    const commit = raw([
      `tree ${TREE}`,
      'author A <a@b> 1 +0000',
      'gpgsig -----BEGIN',
      ' parent evil',
      ' -----END',
      '',
      'm',
    ])
    expect(parseCommit(ID, commit).parents).toEqual([])
  })

  it('decodes the encoding that the commit names', () => {
    const commit = raw(
      [`tree ${TREE}`, 'author \u00c4 <a@b> 1 +0000', 'encoding ISO-8859-1', '', '\u00fc'],
      'latin1',
    )
    expect(parseCommit(ID, commit)).toMatchObject({ author: { name: '\u00c4' }, message: '\u00fc' })
  })

  it('bears an unknown encoding, a broken author and no message', () => {
    const commit = raw([`tree ${TREE}`, 'author nobody', 'encoding none-such'])
    expect(parseCommit(ID, commit)).toMatchObject({
      author: { name: '', email: '' },
      authoredAt: 0,
      message: '',
    })
  })
})
