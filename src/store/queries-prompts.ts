import { PROMPT_SECTIONS, type KeptPrompt } from '../domain/prompt-part.ts'
import { AGENT_STAGES, type AgentStage } from '../domain/stage.ts'
import type { Database, Row } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { addEvent } from './queries-events.ts'
import { isRecord, jsonArray, jsonObject, number, text, unexpected } from './rows.ts'

export const PROMPT_SQL = {
  keepTemplates: `INSERT INTO run_prompts (run, templates) VALUES (?, ?)
    ON CONFLICT (run) DO UPDATE SET templates = excluded.templates`,
  templates: 'SELECT templates FROM run_prompts WHERE run = ?',
  keep: `INSERT INTO attempt_prompts (attempt_id, packed, tokens, token_limit, parts) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (attempt_id) DO NOTHING`,
  attempt: 'SELECT a.run, a.stage, t.key FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE a.id = ?',
  forgetOld: `DELETE FROM attempt_prompts WHERE attempt_id IN
    (SELECT p.attempt_id FROM attempt_prompts p CROSS JOIN attempts a ON a.id = p.attempt_id WHERE a.ended_at < ? LIMIT ?)`,
  forgetMuch: `DELETE FROM attempt_prompts WHERE attempt_id IN (SELECT attempt_id FROM
    (SELECT attempt_id, sum(length(packed)) OVER (ORDER BY attempt_id DESC) AS reached FROM attempt_prompts)
    WHERE reached > ? ORDER BY attempt_id LIMIT ?)`,
  sent: 'SELECT packed, tokens, token_limit, parts FROM attempt_prompts WHERE attempt_id = ?',
} as const

/** Bytes of one prompt that was packed. */
const LONGEST = 64 * 1024 * 1024

/** Loaded when it is needed: commands that only look open the store as well, and no prompt of it. */
function zlib() {
  return process.getBuiltinModule('node:zlib')
}

export function keepTemplates(db: Database, [run, templates]: Args<'keepTemplates'>): void {
  db.run(PROMPT_SQL.keepTemplates, run, JSON.stringify(templates))
}

export function keepPrompt(db: Database, [attempt, prompt, at]: Args<'keepPrompt'>): void {
  const { text: told, tokens, limit, parts } = prompt
  const row = db.get(PROMPT_SQL.attempt, attempt)
  if (row === null) return
  const packed = zlib().deflateRawSync(told)
  // What was kept once stays, and is told once.
  if (db.run(PROMPT_SQL.keep, attempt, packed, tokens, limit, JSON.stringify(parts)) === 0) return
  const cut = parts
    .filter(({ because }) => because === 'room')
    .map(({ name, cut: tokensCut }) => ({ name, tokens: tokensCut }))
  if (cut.length === 0 && tokens <= limit) return
  const data = { stage: text(row, 'stage'), tokens, limit, cut }
  addEvent(db, { run: text(row, 'run'), kind: 'prompt_cut', task: text(row, 'key'), attempt, data }, at)
}

export function prunePrompts(
  db: Database,
  [{ from, bytes }, most]: Args<'prunePrompts'>,
): Answer<'prunePrompts'> {
  const old = db.run(PROMPT_SQL.forgetOld, from, most)
  return old + db.run(PROMPT_SQL.forgetMuch, bytes, most - old)
}

/** Null for a run that has not been started since templates are kept. */
export function readTemplates(db: Database, run: string): Record<AgentStage, string> | null {
  const row = db.get(PROMPT_SQL.templates, run)
  return row === null ? null : templatesOf(row)
}

export function templatesOf(row: Row): Record<AgentStage, string> {
  const kept = jsonObject(row, 'templates')
  return Object.fromEntries(
    AGENT_STAGES.map((stage) => {
      const template = kept[stage]
      if (typeof template !== 'string') throw unexpected('templates', `a text for ${stage}`, template)
      return [stage, template]
    }),
  ) as Record<AgentStage, string>
}

/** What an attempt was sent; null where nothing was kept. */
export function readPrompt(db: Database, attempt: number): KeptPrompt | null {
  const row = db.get(PROMPT_SQL.sent, attempt)
  return row === null ? null : promptOf(row)
}

export function promptOf(row: Row): KeptPrompt {
  const packed = row['packed']
  if (!(packed instanceof Uint8Array)) throw unexpected('packed', 'a packed text', packed)
  return {
    text: zlib().inflateRawSync(packed, { maxOutputLength: LONGEST }).toString('utf8'),
    tokens: number(row, 'tokens'),
    limit: number(row, 'token_limit'),
    parts: jsonArray(row, 'parts').map(partOf),
  }
}

function partOf(told: unknown): KeptPrompt['parts'][number] {
  if (!isRecord(told)) throw unexpected('parts', 'an object', told)
  const { name, tokens, cut } = told
  const section = (['rules', ...PROMPT_SECTIONS] as const).find((known) => known === told['section'])
  const because = ([null, 'length', 'room'] as const).find((known) => known === told['because'])
  if (typeof name !== 'string' || typeof tokens !== 'number' || typeof cut !== 'number')
    throw unexpected('parts', 'name, tokens and cut', told)
  if (section === undefined || because === undefined) throw unexpected('parts', 'a known section', told)
  return { section, name, tokens, cut, because }
}
