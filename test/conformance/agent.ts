import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Agent, AgentEvent, AgentRequest, AgentResult, Usage } from '../../src/agents/agent.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn, type Place, testPlace, uniqueSleep } from '../support/contained.ts'
import { processesWith } from '../support/processes.ts'
import { pathWithThisNode } from '../support/tools.ts'

/** What the agent under test is made to do, in order. */
export type AgentAction =
  | { readonly write: Readonly<Record<string, string>> }
  /** Says a line, as often as told. Default once. */
  | { readonly say: string; readonly times?: number }
  /** Says one line of so many characters. */
  | { readonly sayLong: number }
  | { readonly usage: Partial<Usage> }
  | { readonly dispute: string }
  /** Dies by a signal, in the middle of its work. */
  | { readonly crash: true }
  /** Says nothing any more and never ends. */
  | { readonly hang: true }
  /** Shows signs of life and never ends. */
  | { readonly busy: true }
  /** Starts a program that outlives it unless somebody ends it. */
  | { readonly background: readonly [string, ...string[]] }

/** A driver and what it cannot do, by its nature. */
export interface AgentUnderTest {
  /** An agent of this driver that does exactly this for task `TASK-1`, stage `green`, and then ends well. */
  agent(actions: readonly AgentAction[]): Agent
  readonly tellsUsage: boolean
  readonly tellsDisputes: boolean
  /** Whether it can be made to say ten thousand things within seconds. */
  readonly floods: boolean
  /** An agent whose program does not exist; null where the driver brings its own. */
  readonly notInstalled: (() => Agent) | null
}

const ROOT = resolve(import.meta.dirname, '../..')
/** Waiting lines are bounded by the driver; one may be on its way. */
const MOST_WAITING_EVENTS = 10_001
const LONGEST_TEXT = 1024 * 1024
const DONE: AgentResult = { kind: 'done', claims: {} }

/** What every driver must do. Real processes, contained as the machine allows. */
export function agentConformance(name: string, driver: AgentUnderTest): void {
  describe(`${name} keeps the promises of an agent driver`, () => {
    it('works in the directory it is given and ends with one result, told last', async () => {
      using place = testPlace()
      const told = await played(driver, place, [
        { say: 'here I am' },
        { write: { 'src/new/file.js': 'made\n' } },
      ])
      expect(readFileSync(join(place.path, 'tree/src/new/file.js'), 'utf8')).toBe('made\n')
      expect(told.at(-1)).toEqual({ kind: 'result', result: DONE })
      expect(told.filter(({ kind }) => kind === 'result')).toHaveLength(1)
      expect(JSON.stringify(told)).toContain('here I am')
    })

    it.runIf(driver.tellsDisputes)('hands a dispute on with its reason, without a secret in it', async () => {
      using place = testPlace()
      const key = `sk-ant-${'x'.repeat(40)}`
      const told = await played(driver, place, [{ say: key }, { dispute: `AC-1 says 4, the test ${key}` }])
      expect(resultOf(told)).toEqual({ kind: 'disputed', reason: 'AC-1 says 4, the test [redacted]' })
      expect(JSON.stringify(told)).not.toContain(key)
    })

    it('calls a crash a fault of the agent', async () => {
      using place = testPlace()
      const told = await played(driver, place, [{ say: 'so far so good' }, { crash: true }])
      expect(resultOf(told)).toMatchObject({ kind: 'gave_up', cause: 'crash' })
    })

    it('calls the end of its time a time-out, and its silence a stall', async () => {
      using place = testPlace()
      const busy = await played(driver, place, [{ busy: true }], { wallMs: 2_000, stallMs: 30_000 })
      expect(resultOf(busy)).toMatchObject({ kind: 'gave_up', cause: 'timeout' })
      const silent = await played(driver, place, [{ say: 'last words' }, { hang: true }], {
        wallMs: 60_000,
        stallMs: 1_500,
      })
      expect(resultOf(silent)).toMatchObject({ kind: 'gave_up', cause: 'stalled' })
    })

    it('leaves no process behind when it is done', async () => {
      using place = testPlace()
      const seconds = uniqueSleep()
      const told = await played(driver, place, [{ background: ['sleep', seconds] }])
      expect(resultOf(told)).toEqual(DONE)
      expect(processesWith(seconds)).toEqual([])
    })

    it('ends when it is aborted, and takes its children along', async () => {
      using place = testPlace()
      const seconds = uniqueSleep()
      const stop = new AbortController()
      const agent = driver.agent([{ background: ['sleep', seconds] }, { say: 'started' }, { busy: true }])
      const told: AgentEvent[] = []
      for await (const event of agent.run(requestIn(place), stop.signal)) {
        told.push(event)
        if (event.kind === 'said' && event.text.includes('started')) {
          expect(processesWith(seconds)).not.toEqual([])
          stop.abort()
        }
      }
      expect(resultOf(told)).toEqual({ kind: 'aborted' })
      expect(processesWith(seconds)).toEqual([])
    })

    it('leaves no process behind when nobody wants to hear it any more', async () => {
      using place = testPlace()
      const seconds = uniqueSleep()
      const agent = driver.agent([{ background: ['sleep', seconds] }, { say: 'started' }, { busy: true }])
      const never = new AbortController().signal
      for await (const event of agent.run(requestIn(place), never)) {
        if (event.kind !== 'said' || !event.text.includes('started')) continue
        expect(processesWith(seconds)).not.toEqual([])
        break
      }
      expect(processesWith(seconds)).toEqual([])
    })

    it.runIf(driver.tellsUsage)('tells usage as the total so far', async () => {
      using place = testPlace()
      const told = await played(driver, place, [
        { usage: { inputTokens: 100, costUsd: 0.5 } },
        { usage: { inputTokens: 20, outputTokens: 3, costUsd: 0.25 } },
      ])
      const usages = told.flatMap((event) => (event.kind === 'usage' ? [event.usage] : []))
      expect(usages.at(-1)).toMatchObject({ inputTokens: 120, outputTokens: 3 })
      expect(usages.at(-1)?.costUsd).toBeGreaterThan(0)
      const inputs = usages.map(({ inputTokens }) => inputTokens)
      expect(inputs).toEqual(inputs.toSorted((left, right) => left - right))
    })

    it.runIf(driver.floods)(
      'holds a bounded part of a flood while nobody listens, and goes on after it',
      async () => {
        using place = testPlace()
        const agent = driver.agent([
          { say: 'first' },
          { say: 'again', times: 2 * MOST_WAITING_EVENTS },
          { sayLong: 4 * LONGEST_TEXT },
          { write: { 'flooded.txt': 'yes' } },
        ])
        const events = agent.run(requestIn(place), new AbortController().signal)[Symbol.asyncIterator]()
        await events.next()
        await untilThere(join(place.path, 'tree/flooded.txt'))
        const told: AgentEvent[] = []
        for (let next = await events.next(); next.done !== true; next = await events.next())
          told.push(next.value)
        expect(resultOf(told)).toEqual(DONE)
        const said = told.flatMap((event) => (event.kind === 'said' ? [event.text] : []))
        expect(said.length).toBeLessThanOrEqual(MOST_WAITING_EVENTS)
        expect(Math.max(0, ...said.map(({ length }) => length))).toBeLessThanOrEqual(LONGEST_TEXT)
      },
    )

    it.runIf(driver.notInstalled !== null)(
      'says that its program is missing, and blames no agent',
      async () => {
        using place = testPlace()
        const told: AgentEvent[] = []
        const agent = driver.notInstalled?.()
        if (agent === undefined) return
        for await (const event of agent.run(requestIn(place), new AbortController().signal)) told.push(event)
        expect(resultOf(told)).toMatchObject({ kind: 'infrastructure', code: 'not_installed' })
      },
    )
  })
}

async function played(
  driver: AgentUnderTest,
  place: Place,
  actions: readonly AgentAction[],
  limits: { readonly wallMs?: number; readonly stallMs?: number } = {},
): Promise<AgentEvent[]> {
  const told: AgentEvent[] = []
  const never = new AbortController().signal
  for await (const event of driver.agent(actions).run(requestIn(place, limits), never)) told.push(event)
  return told
}

function resultOf(told: readonly AgentEvent[]): AgentResult | null {
  const last = told.at(-1)
  return last?.kind === 'result' ? last.result : null
}

let owners = 0

/** A request as the engine makes one: the launch is contained, in a tree beside an exchange directory. */
export function requestIn(
  place: Place,
  limits: { readonly wallMs?: number; readonly stallMs?: number } = {},
): AgentRequest {
  owners += 1
  const exec = createExec({ ownerId: `agents-${process.pid}-${owners}` })
  const [directory, exchange, home] = ['tree', 'exchange', 'home'].map((name) => join(place.path, name)) as [
    string,
    string,
    string,
  ]
  for (const made of [directory, exchange, home]) mkdirSync(made, { recursive: true })
  return {
    task: 'TASK-1',
    stage: 'green',
    playIndex: 0,
    attempt: 7,
    directory,
    prompt: 'Make it so.\n',
    tier: 'low',
    refusals: [],
    winding: new AbortController().signal,
    askAgain: () => Promise.resolve(null),
    mayChange: () => null,
    isTracked: () => false,
    criteria: [{ id: 'AC-1', text: 'it is so' }],
    runTests: () => Promise.resolve('none is there'),
    exchange,
    launch: (command, signal) =>
      exec.contained(
        {
          ...containedIn(directory, command.argv, {
            env: { PATH: pathWithThisNode(), HOME: home, ...command.env },
            limit: { wallMs: 60_000, outputBytes: 4_000_000, ...limits },
          }),
          ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
          ...(command.onStdout === undefined ? {} : { onStdout: command.onStdout }),
          writable: [directory, exchange, home],
          visible: [ROOT],
        },
        signal,
      ),
  }
}

const LOOKS = 2_000
const LOOK_MS = 20

async function untilThere(file: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (existsSync(file)) return
    await new Promise((resume) => setTimeout(resume, LOOK_MS))
  }
  throw new Error(`${file} did not appear`)
}
