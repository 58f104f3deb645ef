import { describe, expect, it } from 'vitest'
import { type Agent, type AgentEvent, type AgentRequest, type AgentResult, NO_USAGE } from './agent.ts'
import { withoutSecrets } from './without-secrets.ts'

const PASSED = 'plain-looking-key-9431'
const LINES = 'first half 77\nsecond half 88\n'
const SHAPED = `sk-ant-${'x'.repeat(40)}`

describe('what an agent tells', () => {
  it.each<AgentEvent>([
    { kind: 'said', text: `it is ${PASSED} and ${SHAPED}` },
    { kind: 'tool', name: PASSED, detail: SHAPED },
    { kind: 'tool', name: 'Bash', detail: PASSED, call: SHAPED, input: PASSED },
    { kind: 'tool', name: 'Bash', detail: 'env', outcome: { failed: true, text: `A=${PASSED} ${SHAPED}` } },
    { kind: 'said', text: `in base64: ${Buffer.from(`user:${PASSED}`).toString('base64')}` },
    ...(
      [
        { kind: 'done', claims: { [`AC-1 ${PASSED}`]: [`says ${SHAPED}`] } },
        { kind: 'done', claims: {}, answer: { [PASSED]: [{ text: SHAPED }] } },
        { kind: 'disputed', reason: `${PASSED} is wrong, ${SHAPED} too` },
        { kind: 'gave_up', cause: 'crash', detail: PASSED },
        { kind: 'provider_limit', cause: 'rate_limit', resetAt: 7, detail: SHAPED },
        { kind: 'infrastructure', code: 'failed', detail: PASSED },
      ] satisfies AgentResult[]
    ).map((result) => ({ kind: 'result', result }) as const),
  ])('has no secret in it: %o', async (event) => {
    const [told] = await toldOf(event)
    expect(JSON.stringify(told)).toMatch(/\[redacted\]/)
    expect(JSON.stringify(told)).not.toMatch(/9431|xxx|OTQzM/)
    expect({ ...told, ...blank }).toEqual({ ...event, ...blank })
  })

  it('is looked through before it is cut, since part of a secret has no shape', async () => {
    const reason = `${'.'.repeat(3_995)}${PASSED}`
    const [told] = await toldOf({ kind: 'result', result: { kind: 'disputed', reason } })
    expect(told).toEqual({
      kind: 'result',
      result: { kind: 'disputed', reason: `${'.'.repeat(3_995)}[reda` },
    })
  })

  it('ends with 320 characters of why the agent gave up', async () => {
    const detail = `exit code 1: ${'.'.repeat(290)}${PASSED}${'.'.repeat(400)}`
    const [told] = await toldOf({ kind: 'result', result: { kind: 'gave_up', cause: 'crash', detail } })
    const rest = `exit code 1: ${'.'.repeat(290)}[redacted]${'.'.repeat(6)}…`
    expect(told).toEqual({ kind: 'result', result: { kind: 'gave_up', cause: 'crash', detail: rest } })
  })

  it.each(['a line of it: first half 77', 'second half 88', 'all: first half 77\nsecond half 88'])(
    'has no line of a secret in it: %o',
    async (text) => {
      const told = await toldOf({ kind: 'said', text })
      expect(JSON.stringify(told)).toMatch(/\[redacted\]/)
      expect(JSON.stringify(told)).not.toMatch(/77|88/)
    },
  )

  it('has no line of a private key in it that nobody named', async () => {
    const lines = [
      '-----BEGIN RSA PRIVATE KEY-----',
      'MIIEpAIBAAKC',
      'AQEA9431',
      '-----END RSA PRIVATE KEY-----',
      'after',
    ]
    const told = await toldOf(...lines.map((text) => ({ kind: 'said', text }) as const))
    const texts = told.map((event) => (event.kind === 'said' ? event.text : ''))
    expect(texts).toEqual(['[redacted]', '[redacted]', '[redacted]', '[redacted]', 'after'])
  })

  it('keeps both ends of what a tool was given, and of what came of it', async () => {
    const text = `first ${'.'.repeat(9_000)} last`
    const [told] = await toldOf({
      kind: 'tool',
      name: 'Bash',
      detail: 'cat a',
      input: text,
      outcome: { failed: false, text },
    })
    const short = `first ${'.'.repeat(1_994)}\n[5011 characters are left out]\n${'.'.repeat(1_995)} last`
    expect(told).toMatchObject({ input: short, outcome: { failed: false, text: short } })
  })

  it('ends with reasons that hold nothing that a terminal would obey, and no secret that such characters part', async () => {
    const text = `a\0b\u001b[31m\u202e ${PASSED.slice(0, 5)}\0${PASSED.slice(5)}\r\n\tc`
    const seen = 'ab[31m [redacted]\n\tc'
    const ends: [AgentResult, AgentResult][] = [
      [
        { kind: 'disputed', reason: text },
        { kind: 'disputed', reason: seen },
      ],
      [
        { kind: 'gave_up', cause: 'blocked', detail: text },
        { kind: 'gave_up', cause: 'blocked', detail: seen },
      ],
      [
        { kind: 'infrastructure', code: 'failed', detail: text },
        { kind: 'infrastructure', code: 'failed', detail: seen },
      ],
    ]
    for (const [result, told] of ends)
      expect(await toldOf({ kind: 'result', result })).toEqual([{ kind: 'result', result: told }])
  })

  it('is the same otherwise', async () => {
    const events: AgentEvent[] = [
      { kind: 'usage', usage: NO_USAGE },
      { kind: 'result', result: { kind: 'aborted' } },
    ]
    expect(await toldOf(...events)).toEqual(events)
  })
})

const blank = { text: '', name: '', detail: '', call: '', input: '', outcome: null, result: null }

async function toldOf(...events: readonly AgentEvent[]): Promise<AgentEvent[]> {
  const agent: Agent = {
    name: 'telling',
    async *run() {
      yield* events
    },
  }
  const told: AgentEvent[] = []
  const request = {} as AgentRequest
  for await (const event of withoutSecrets(agent, [PASSED, LINES]).run(request, new AbortController().signal))
    told.push(event)
  return told
}
