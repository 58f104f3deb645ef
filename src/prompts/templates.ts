import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PROMPT_SECTIONS } from '../domain/prompt-part.ts'
import { didYouMean } from '../domain/suggest.ts'
import { AGENT_STAGES, type AgentStage } from '../domain/stage.ts'
import { OrchestratorError } from '../errors.ts'
import { ownFile } from '../runtime/own-files.ts'
import { readUntrustedBytes } from '../runtime/read-untrusted.ts'
import { utf8Text } from '../runtime/utf8-text.ts'
import { hasCode } from '../runtime/has-code.ts'

/** The prompt of each stage, in which `{{task}}` and the other names of sections stand for what they tell. */
export type Templates = Readonly<Record<AgentStage, string>>

/** Characters of a template of people's own. */
const LONGEST = 64 * 1024
const PLACEHOLDER = /\{\{([^{}\n]*)\}\}/g

/** Ours, each checked. */
export function ownTemplates(): Templates {
  return eachStage((stage) => {
    const file = ownFile(`prompts/${stage}.md`)
    return checkedTemplate(readFileSync(file, 'utf8'), file)
  })
}

/**
 * Ours, with those in a directory of people's own (`red.md`, …) in their places; ours where there is no such directory.
 * Throws `prompt_invalid`.
 */
export async function readTemplates(directory: string): Promise<Templates> {
  const own = ownTemplates()
  const texts = new Map<string, string>()
  for (const name of (await namesIn(directory)).filter((one) => one.endsWith('.md'))) {
    if (/^readme\.md$/i.test(name)) continue
    const file = join(directory, name)
    const stage = name.slice(0, -'.md'.length)
    if (!Object.hasOwn(own, stage))
      throw invalid(
        file,
        'is for no stage',
        didYouMean(stage, AGENT_STAGES, `stages: ${AGENT_STAGES.join(', ')}`),
      )
    const bytes = await readUntrustedBytes(file, LONGEST + 1)
    if (bytes === null)
      throw invalid(file, 'is no file that can be read', 'Make it a regular file, not a link.')
    texts.set(stage, checkedTemplate(textOf(bytes, file), file))
  }
  return eachStage((stage) => texts.get(stage) ?? own[stage])
}

/** Names in a directory that may be missing, or be no directory. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted()
  } catch (cause) {
    const isAbsent = hasCode(cause, 'ENOENT')
    if (isAbsent) return []
    throw invalid(
      directory,
      'templates cannot be listed',
      'Make it a directory that you may read, or remove it.',
    )
  }
}

/** Every section has its one place, and nothing else has one. What the template says is not repeated: its file may be another one. */
function checkedTemplate(text: string, file: string): string {
  if (text.length > LONGEST) throw invalid(file, `has more than ${LONGEST} characters`, 'Make it shorter.')
  const seen = new Map<string, number>()
  for (const [index, line] of text.split('\n').entries()) {
    for (const [, name = ''] of line.matchAll(PLACEHOLDER)) {
      const place = `${file}:${index + 1}`
      if (!isSection(name))
        throw invalid(
          place,
          `names {{${name.slice(0, 60)}}}, which does not exist`,
          didYouMean(name, PROMPT_SECTIONS, `known: ${PROMPT_SECTIONS.join(', ')}`),
        )
      const before = seen.get(name)
      if (before !== undefined)
        throw invalid(place, `names {{${name}}} again`, `It stands in line ${before} already; take one away.`)
      seen.set(name, index + 1)
    }
  }
  const missing = PROMPT_SECTIONS.filter((name) => !seen.has(name))
  if (missing.length > 0)
    throw invalid(
      file,
      `does not name ${missing.map((name) => `{{${name}}}`).join(', ')}`,
      'Give each of them a line of its own: an agent that is not told the rest cannot do what is asked.',
    )
  return text
}

/** The template with each place filled once: what is put there is never read as a template. */
export function filledTemplate(
  template: string,
  values: Readonly<Record<(typeof PROMPT_SECTIONS)[number], string>>,
): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string) => {
    if (!isSection(name)) throw new Error(`the prompt names ${name}, for which there is nothing`)
    return values[name]
  })
}

/** As it was written: what is not UTF-8 would be sent with other characters. */
function textOf(bytes: Buffer, file: string): string {
  if (bytes.length > LONGEST) throw invalid(file, `has more than ${LONGEST} bytes`, 'Make it shorter.')
  const read = utf8Text(bytes)
  if ('text' in read) return read.text
  throw invalid(`${file}:${read.notUtf8}`, 'is not UTF-8', 'Save it as UTF-8.')
}

function isSection(name: string): name is (typeof PROMPT_SECTIONS)[number] {
  return (PROMPT_SECTIONS as readonly string[]).includes(name)
}

function eachStage(text: (stage: AgentStage) => string): Templates {
  return Object.fromEntries(AGENT_STAGES.map((stage) => [stage, text(stage)])) as Record<AgentStage, string>
}

function invalid(place: string, what: string, hint: string): OrchestratorError {
  return new OrchestratorError('prompt_invalid', `${place}: the prompt ${what}`, { hint })
}
