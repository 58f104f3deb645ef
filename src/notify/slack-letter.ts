import type { NotificationMessage, SentNotification } from '../domain/notification.ts'
import type { Letter } from './webhook-letter.ts'

/** What Slack takes at most: a header of 150 characters, a section of 3,000; of 50 blocks we use a few. */
const HEADER = 150
const SECTION = 3_000
/** Shares of a section, so that together they stay below it. */
const SHARES = { title: 300, what: 700, why: 1_300, whatToDo: 400 } as const
const MOST_SHOWN = 10

/** A message in Slack's Block Kit. */
export function slackLetter({ run, notifications }: NotificationMessage): Letter {
  const [first] = notifications
  const alone = notifications.length === 1 && first !== undefined
  const head = alone ? first.title : `${notifications.length} things you should know`
  const shown = notifications.slice(0, MOST_SHOWN)
  const more = notifications.length - shown.length
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(head, HEADER), emoji: false } },
    ...shown.map((notification) => section(told(notification, alone))),
    ...(more === 0 ? [] : [section(`And ${more} more: \`orchestrator status\``)]),
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: escaped(`${run.title} (run ${run.id})`, SECTION), verbatim: true }],
    },
  ]
  const text = notifications.slice(0, MOST_SHOWN).map(({ title }) => escaped(title, HEADER))
  return { body: JSON.stringify({ text: text.join('; '), blocks }), headers: {} }
}

function section(text: string) {
  // Verbatim: Slack makes no links, channels or mentions of what only looks like one.
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }
}

function told({ severity, title, what, why, since, whatToDo }: SentNotification, alone: boolean): string {
  const lines = [
    ...(alone ? [] : [`*${escaped(title, SHARES.title)}*`]),
    escaped(what, SHARES.what),
    ...(why === null ? [] : [`Why: ${escaped(why, SHARES.why)}`]),
    `Since ${moment(since)}; ${severity}`,
    ...(whatToDo === null ? [] : [`\`${escaped(whatToDo.replaceAll('`', "'"), SHARES.whatToDo)}\``]),
  ]
  return lines.join('\n')
}

/** Shown in the time zone of whoever reads it. */
function moment(at: number): string {
  const iso = new Date(at).toISOString()
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${iso}>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** A text of others as Slack shows it and does not read it; never cut within an entity. */
function escaped(text: string, most: number): string {
  let result = ''
  for (const character of text) {
    const next = ENTITIES[character] ?? character
    if (result.length + next.length > most - 1) return `${result}…`
    result += next
  }
  return result
}

function cut(text: string, most: number): string {
  const characters = Array.from(text)
  // Slack counts as JavaScript does; a title of pairs is half as long.
  return text.length <= most ? text : `${characters.slice(0, Math.floor(most / 2) - 1).join('')}…`
}
