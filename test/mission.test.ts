import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OPTIONS } from '../src/config/schema.ts'

const ROOT = resolve(import.meta.dirname, '..')
const STATES = /^(built|translated|not yet|declined because \S.*)$/
const rows = rowsOf(read('docs/mission.md'))
const schema = read('schema/schema.sql')
const library = read('src/index.ts')
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts
const planSchema = read('docs/schema/plan.schema.json')
const commands = read('docs/cli.md').split('\n## `')

interface Row {
  readonly named: string
  readonly answer: string
  readonly state: string
}

describe('docs/mission.md', () => {
  it('says of everything where it stands, and of what is built what answers it', () => {
    expect(rows.length).toBeGreaterThan(100)
    expect(rows.filter(({ state }) => !STATES.test(state)).map(({ named }) => named)).toEqual([])
    const unanswered = rows.filter(({ state, answer }) => state === 'built' && answersOf(answer).length === 0)
    expect(unanswered.map(({ named }) => named)).toEqual([])
  })

  it('names nothing as an answer that does not exist', () => {
    const missing = answered().flatMap(({ named, answer }) =>
      answersOf(answer)
        .filter((name) => !name.startsWith('orchestrator ') && !exists(name))
        .map((name) => `${named}: ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('names no command and no flag that the program does not have', () => {
    const lines = new Set(answered().flatMap(({ answer }) => answersOf(answer).filter(isCommand)))
    expect(lines.size).toBeGreaterThan(3)
    const missing: string[] = []
    for (const line of lines) {
      const [, ...words] = line.split(' ')
      const flags = words.filter((word) => word.startsWith('--'))
      const command = words.filter((word) => !word.startsWith('--'))
      const help = helpOf(command)
      if (help === null) missing.push(line)
      else missing.push(...flags.filter((flag) => !help.includes(flag)).map((flag) => `${line}: ${flag}`))
    }
    expect(missing).toEqual([])
  })
})

/** What a row promises to be there; answers to what is not yet there name what it will stand on, and are checked as well. */
function answered(): Row[] {
  return rows.filter(({ state }) => !state.startsWith('declined'))
}

/** Texts in code marks. */
function answersOf(answer: string): string[] {
  return [...answer.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

function isCommand(name: string): boolean {
  return name.startsWith('orchestrator ')
}

function exists(name: string): boolean {
  if (/^v_\w+$/.test(name)) return new RegExp(`^CREATE VIEW ${name} `, 'm').test(schema)
  if (/^[A-Z][A-Z_]+$/.test(name)) return OPTIONS.some(({ option }) => option.env === name)
  if (/^\w+\(\)$/.test(name)) return new RegExp(`^export \\{.*\\b${name.slice(0, -2)}\\b`, 'm').test(library)
  if (name.startsWith('npm run ')) return scripts[name.slice('npm run '.length)] !== undefined
  if (OPTIONS.some(({ path }) => path === name)) return true
  if (new RegExp(`^CREATE (TABLE|TRIGGER) ${name} `, 'm').test(schema)) return true
  if (/^[a-z]\w*$/.test(name) && planSchema.includes(`"${name}"`)) return true
  if (OTHER_NAMES.includes(name)) return true
  return /[./]/.test(name) && existsSync(join(ROOT, name))
}

/** Names that are no part of the product's surface: a driver to come, platform words, levels and columns. */
const OTHER_NAMES = ['claude', 'node:sqlite', 'AbortSignal', 'worker', 'system', 'version']

/** What the page of the command line says of a command, null where it has none; the page is generated from the table that the program uses. */
function helpOf(command: readonly string[]): string | null {
  return (
    commands.find(
      (section) =>
        section.startsWith(`${command.join(' ')}\``) || section.startsWith(`${command.join(' ')} `),
    ) ?? null
  )
}

function rowsOf(page: string): Row[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| named |'))
    .map((line) => {
      const [named = '', answer = '', state = ''] = line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim())
      return { named, answer, state }
    })
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}
