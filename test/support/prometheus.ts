import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { aptInstall } from './apt.ts'
import { sayMissing } from './missing-tool.ts'

/** How often it is asked whether it is so far. */
const LOOK_MS = 100
const LONGEST_LOOKS = 600

export const MONITORING = resolve(import.meta.dirname, '..', '..', 'monitoring')

/** Whether there is a real Prometheus; under CI on Debian it is installed first. */
export function hasPrometheus(): boolean {
  const works = (): boolean =>
    spawnSync('prometheus', ['--version']).status === 0 && spawnSync('promtool', ['--version']).status === 0
  if (works()) return true
  if (process.env['CI'] === 'true') {
    aptInstall('prometheus')
    if (works()) return true
  }
  sayMissing({
    tool: 'prometheus',
    untested: 'metrics, rules and the dashboard against a real Prometheus',
    get: 'apt-get install prometheus',
  })
  return false
}

/** Runs promtool and answers what it wrote; throws where it finds fault. */
export function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`promtool ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return `${stdout}${stderr}`
}

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

interface Course {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}

interface Rule {
  readonly name: string
  readonly type: 'alerting' | 'recording'
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError?: string
}

/** A Prometheus of its own that scrapes one target, with the rules of `monitoring`. */
export interface Prometheus extends AsyncDisposable {
  query(expression: string): Promise<Series[]>
  /** Second by second. */
  range(expression: string, time: { readonly from: number; readonly to: number }): Promise<Course[]>
  /** Asks again until there is an answer. */
  until(expression: string): Promise<Series[]>
  rules(): Promise<Rule[]>
}

export async function openPrometheus(target: string): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'))
  const port = await freePort()
  const config = join(directory, 'prometheus.yml')
  writeFileSync(config, configuration(target))
  mkdirSync(join(directory, 'data'))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ask = async (path: string): Promise<Record<string, never[]>> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    const { status, data, error } = (await answer.json()) as Record<string, unknown>
    if (status === 'success') return data as Record<string, never[]>
    throw new Error(`Prometheus refuses ${path}: ${String(error)}`)
  }
  const query = async (expression: string): Promise<Series[]> =>
    (await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`))['result'] ?? []
  await untilTrue(`Prometheus answers: ${said}`, async () => (await isReady(port)) || child.exitCode !== null)
  return {
    query,
    range: async (expression, { from, to }) => {
      const asked = new URLSearchParams({
        query: expression,
        start: String(from),
        end: String(to),
        step: '1',
      })
      return (await ask(`/api/v1/query_range?${asked.toString()}`))['result'] ?? []
    },
    until: async (expression) => {
      let found: Series[] = []
      await untilTrue(expression, async () => {
        found = await query(expression)
        return found.length > 0
      })
      return found
    },
    rules: async () => {
      const groups = (await ask('/api/v1/rules'))['groups'] as unknown as { rules: Rule[] }[]
      return groups.flatMap(({ rules }) => rules)
    },
    [Symbol.asyncDispose]: async () => {
      await ended(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function configuration(target: string): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(MONITORING, 'recording.yml'), join(MONITORING, 'alerts.yml')],
    scrape_configs: [{ job_name: 'tdd-orchestrator', static_configs: [{ targets: [target] }] }],
  })
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok
  } catch {
    // It does not listen yet.
    return false
  }
}

async function untilTrue(what: string, look: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < LONGEST_LOOKS; looks += 1) {
    if (await look()) return
    await after(LOOK_MS)
  }
  throw new Error(`it never came so far that ${what}`)
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const over = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  await over
}
