import type { CallToolResult } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { OrchestratorError, messageOf } from '../../errors.ts'
import { placeOf } from '../../observe/open-watch.ts'
import { systemClock } from '../../runtime/clock.ts'
import { redactSecrets } from '../../runtime/redact-secrets.ts'
import type { AssistCall, AssistTool } from './assist-tool.ts'
import { type Page, Pages } from './pages.ts'
import { requirePermit } from './permit.ts'

export type Answer = CallToolResult

const MOST_AT_ONCE = 8
/** After so many wrong tokens no further one is looked at. */
const MOST_WRONG = 10

const changeShape = z.object({ token: z.string().max(200).optional() })

/** Calls of one assistant: bounded at once, bounded in what they answer, errors as data. */
export class CallDesk {
  readonly #pages = new Pages()
  readonly #report: (line: string) => void
  #underWay = 0
  #isMeasuring = false
  #wrong = 0

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  /** Never rejects. */
  async call(tool: AssistTool, call: AssistCall, input: unknown): Promise<Answer> {
    return this.#answered(async () => {
      if (tool.changes) await this.#requirePermit(call, changeShape.parse(input).token)
      const document = await this.#within(tool, () => tool.call(call, input))
      return this.#pages.first(JSON.stringify(document ?? null, clean, 1))
    })
  }

  more(cursor: string): Promise<Answer> {
    return this.#answered(() => Promise.resolve(this.#pages.next(cursor)))
  }

  async #answered(work: () => Promise<Page>): Promise<Answer> {
    if (this.#underWay >= MOST_AT_ONCE) return failed(busy(`${MOST_AT_ONCE} calls are under way`))
    this.#underWay += 1
    try {
      const { text, cursor } = await work()
      const rest = cursor === null ? [] : [`There is more. Call more with {"cursor":"${cursor}"}.`]
      return { content: [text, ...rest].map((part) => ({ type: 'text', text: part })) }
    } catch (thrown) {
      if (!(thrown instanceof OrchestratorError)) this.#report(`internal: ${messageOf(thrown)}`)
      return failed(thrown)
    } finally {
      this.#underWay -= 1
    }
  }

  async #within<T>(tool: AssistTool, work: () => Promise<T>): Promise<T> {
    if (!tool.long) return work()
    if (this.#isMeasuring) throw busy('something is being measured already')
    this.#isMeasuring = true
    try {
      return await work()
    } finally {
      this.#isMeasuring = false
    }
  }

  async #requirePermit(call: AssistCall, token: string | undefined): Promise<void> {
    if (this.#wrong >= MOST_WRONG)
      throw new OrchestratorError('permission_missing', `${MOST_WRONG} wrong tokens were tried`, {
        hint: 'The person has to start this server anew.',
      })
    const { directory } = await placeOf(call)
    try {
      await requirePermit(directory, systemClock, token)
    } catch (thrown) {
      if (token !== undefined) this.#wrong += 1
      throw thrown
    }
  }
}

function busy(why: string): OrchestratorError {
  return new OrchestratorError('run_state', `${why} by this server`, {
    hint: 'Wait for its answer, and ask again.',
  })
}

function failed(thrown: unknown): Answer {
  const known = thrown instanceof OrchestratorError ? thrown : null
  const error = { code: known?.code ?? 'internal', message: messageOf(thrown), hint: known?.hint ?? null }
  return { isError: true, content: [{ type: 'text', text: JSON.stringify({ error }, clean, 1) }] }
}

const LONGEST_TEXT = 1024 * 1024

/** What came from agents and repositories goes to a model of somebody: no secret with it. */
function clean(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? redactSecrets(value.slice(0, LONGEST_TEXT)) : value
}
