import { deflateRawSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import type { KeptPrompt } from '../../src/domain/prompt-part.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, ended, newRun, startedId, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const PROMPT: KeptPrompt = {
  text: `# Rules\n\n日本語 ${'a line\n'.repeat(500)}`,
  tokens: 900,
  limit: 1_000,
  parts: [
    { section: 'rules', name: 'rules', tokens: 10, cut: 0, because: null },
    { section: 'project', name: 'AGENTS.md', tokens: 700, cut: 40, because: 'length' },
    { section: 'project', name: 'files', tokens: 9, cut: 60, because: 'room' },
  ],
}

it('keeps what an attempt was sent, and tells as an event what there was no room for', async () => {
  const path = tempStorePath()
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  onTestFinished(() => store.close())
  await store.createRun(newRun('r'), 1)
  await store.addTasks('r', addedPlan(taskDefinition('A')), 1)
  await store.startRun('r', { target: 't', base: 'b', workers: 1 }, 1)
  const claim = await store.claim({ run: 'r', worker: 'w', leaseMs: 1_000, candidates: ['A'] }, 10)
  if (claim === null) return expect.unreachable('A can be claimed')
  const begin = async (): Promise<number> =>
    startedId(await store.startAttempt(claim, { stage: 'red', agent: 's', reserved: NO_SPEND }, 11))
  const [cut, whole, silent] = [await begin(), await begin(), await begin()]
  await store.keepPrompt(cut, PROMPT, 12)
  await store.keepPrompt(cut, { ...PROMPT, text: 'something else' }, 13)
  await store.keepPrompt(whole, { ...PROMPT, parts: PROMPT.parts.slice(0, 2) }, 14)
  await store.keepPrompt(9_999, PROMPT, 15)
  using reader = openReader(path)
  expect(reader?.prompt(cut)).toEqual(PROMPT)
  expect(reader?.prompt(whole)).toEqual({ ...PROMPT, parts: PROMPT.parts.slice(0, 2) })
  expect([reader?.prompt(silent), reader?.prompt(9_999)]).toEqual([null, null])
  const events = await store.events({ after: 0, limit: 100, run: 'r', kind: 'prompt_cut' })
  expect(events.map(({ attempt, task, data }) => ({ attempt, task, data }))).toEqual([
    {
      attempt: cut,
      task: 'A',
      data: { stage: 'red', tokens: 900, limit: 1_000, cut: [{ name: 'files', tokens: 60 }] },
    },
  ])
})

it('keeps the templates that a run was last started with', async () => {
  const path = tempStorePath()
  const store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  onTestFinished(() => store.close())
  await store.createRun(newRun('r'), 1)
  const templates = (text: string) => ({ red: text, red_fix: text, green: text, fix: text, refactor: text })
  using reader = openReader(path)
  expect(reader?.templates('r')).toBeNull()
  await store.keepTemplates('r', templates('first'))
  await store.keepTemplates('r', templates('second'))
  expect(reader?.templates('r')).toEqual(templates('second'))
})

it('forgets what attempts were sent that ended too long ago, and the oldest where all of it is too much', async () => {
  const path = tempStorePath()
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun({ ...newRun('r'), tasks: [taskDefinition('A')] }, 1)
  await store.startRun('r', { target: 't', base: 'b', workers: 1 }, 1)
  const claim = await store.claim({ run: 'r', worker: 'w', leaseMs: 1_000, candidates: ['A'] }, 2)
  if (claim === null) return expect.unreachable('A can be claimed')
  const attempts: number[] = []
  for (const at of [10, 20, 30, 40, 50]) {
    const attempt = startedId(
      await store.startAttempt(claim, { stage: 'red', agent: 's', reserved: NO_SPEND }, at),
    )
    attempts.push(attempt)
    await store.keepPrompt(attempt, PROMPT, at)
    if (at < 50) await store.finishAttempt(claim, attempt, ended({ kind: 'dispute_rejected' }), at)
  }
  using reader = openReader(path)
  const kept = () => attempts.map((attempt) => reader?.prompt(attempt) !== null)
  const plenty = { from: 0, bytes: 1_000_000 }
  expect(await store.prunePrompts({ ...plenty, from: 30 }, 1)).toBe(1)
  expect(await store.prunePrompts({ ...plenty, from: 30 }, 10)).toBe(1)
  expect(await store.prunePrompts({ ...plenty, from: 30 }, 10)).toBe(0)
  expect(kept()).toEqual([false, false, true, true, true])
  const one = deflateRawSync(PROMPT.text).length
  expect(await store.prunePrompts({ from: 0, bytes: 2 * one }, 10)).toBe(1)
  expect(kept()).toEqual([false, false, false, true, true])
  expect(await store.prunePrompts({ from: 0, bytes: one }, 10)).toBe(1)
  expect(kept()).toEqual([false, false, false, false, true])
})
