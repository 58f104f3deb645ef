import { describe, expect, it } from 'vitest'
import type { NotificationMessage, SentNotification } from '../domain/notification.ts'
import { notificationShape } from '../protocol/notification-file.ts'
import { slackLetter } from './slack-letter.ts'
import { webhookLetter } from './webhook-letter.ts'

const ONE: SentNotification = {
  event: 7,
  subject: 'task:A',
  condition: 'needs_human',
  severity: 'warning',
  title: 'A needs you',
  what: 'It waits.',
  why: 'its GREEN failed too often',
  since: 1_700_000_000_000,
  whatToDo: 'orchestrator task show A',
}

describe('a letter to Slack', () => {
  it('says what, why, since when and what to do', () => {
    const { text, blocks } = slack(message(ONE))
    expect(text).toBe('A needs you')
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context'])
    expect(blocks[0]?.text?.text).toBe('A needs you')
    expect(blocks[1]?.text?.text).toBe(
      'It waits.\nWhy: its GREEN failed too often\nSince <!date^1700000000^{date_short_pretty} {time}|2023-11-14T22:13:20.000Z>; warning\n`orchestrator task show A`',
    )
  })

  it('reads nothing in the words of others: no mention, no link, no end of a command', () => {
    const hostile = {
      title: '<!channel> & co',
      what: '<https://evil|ok>',
      why: 'see http://evil',
      whatToDo: 'x `y`',
    }
    const { text, blocks } = slack(message({ ...ONE, ...hostile }, ONE))
    expect(text).toBe('&lt;!channel&gt; &amp; co; A needs you')
    const section = blocks[1]
    expect(section?.text?.text).toContain(
      '*&lt;!channel&gt; &amp; co*\n&lt;https://evil|ok&gt;\nWhy: see http://evil',
    )
    expect(section?.text?.text).toContain("`x 'y'`")
    expect(section?.text?.verbatim).toBe(true)
  })

  it('keeps to what Slack takes, however much there is to say', () => {
    const much = {
      title: '&'.repeat(150),
      what: '<'.repeat(500),
      why: '😀&'.repeat(400),
      whatToDo: '>'.repeat(300),
    }
    const many = Array.from({ length: 50 }, () => ({ ...ONE, ...much }))
    for (const notifications of [many, many.slice(0, 1)]) {
      const { blocks } = slack(message(...notifications))
      expect(blocks.length).toBeLessThanOrEqual(50)
      for (const { type, text } of blocks) {
        expect(text?.text.length ?? 0).toBeLessThanOrEqual(type === 'header' ? 150 : 3_000)
        if (type === 'section') expect(text?.text).not.toMatch(/&(?!amp;|lt;|gt;)/)
      }
    }
    expect(slack(message(...many)).blocks.at(-2)?.text?.text).toBe('And 40 more: `orchestrator status`')
  })
})

describe('a letter to a webhook', () => {
  it('has the shape that is documented, and the same body each time that it is sent', () => {
    const sent = message(ONE, ONE)
    const letter = webhookLetter(sent, { secret: 'a secret of ours', now: 1_999 })
    expect(notificationShape.parse(JSON.parse(letter.body))).toMatchObject({
      id: 'm1',
      notifications: [ONE, ONE],
    })
    const again = webhookLetter(sent, { secret: 'a secret of ours', now: 90_000 })
    expect(again.body).toBe(letter.body)
    expect(letter.headers).toMatchObject({ 'X-TDD-Message': 'm1', 'X-TDD-Timestamp': '1' })
    expect(again.headers['X-TDD-Signature']).not.toBe(letter.headers['X-TDD-Signature'])
  })
})

function message(...notifications: readonly SentNotification[]): NotificationMessage {
  return { id: 'm1', run: { id: 'r', title: 'A plan' }, at: 1, notifications }
}

interface Block {
  readonly type: string
  readonly text?: { readonly text: string; readonly verbatim?: boolean }
}

function slack(sent: NotificationMessage): { readonly text: string; readonly blocks: readonly Block[] } {
  return JSON.parse(slackLetter(sent).body) as ReturnType<typeof slack>
}
