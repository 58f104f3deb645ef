// Plays the demo under a real Prometheus and draws what the dashboard's queries answer: docs/reference/dashboard.svg.
// Takes a minute. Needs prometheus on PATH and a built program: npm run build && node scripts/dashboard-picture.ts
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { MONITORING, openPrometheus, type Prometheus } from '../test/support/prometheus.ts'
import { type Drawn, drawDashboard } from './dashboard-svg.ts'

const ROOT = join(import.meta.dirname, '..')
const PROGRAM = join(ROOT, 'dist', 'cli', 'main.js')
const LOOK_MS = 100
const LONGEST_LOOKS = 300
/** So that the end of the run is in the last second that is drawn. */
const SETTLED_MS = 2_000

interface Panel {
  readonly title: string
  readonly type: Drawn['type'] | 'row'
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const directory = mkdtempSync(join(tmpdir(), 'dashboard-'))
try {
  writeFileSync(join(ROOT, 'docs', 'reference', 'dashboard.svg'), await picture())
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function picture(): Promise<string> {
  const kept = join(directory, 'demo')
  const demo = spawn(process.execPath, [PROGRAM, 'demo', '--keep', kept], { stdio: 'ignore' })
  const over = new Promise((done) => demo.once('exit', done))
  await until(() => existsSync(join(kept, 'repository', '.git', 'HEAD')))
  const env = { ...process.env, XDG_STATE_HOME: join(kept, 'state') }
  const args = [PROGRAM, 'metrics', '--serve', '--port', '0', '--json']
  const server = spawn(process.execPath, args, {
    cwd: join(kept, 'repository'),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await server.stdout.setEncoding('utf8').take(1).toArray()) as [string]
  const { port } = JSON.parse(line) as { port: number }
  await using prometheus = await openPrometheus(`127.0.0.1:${port}`)
  await prometheus.until('tdd_run_state{state="running"} == 1')
  const from = Date.now() / 1_000
  await over
  await prometheus.until('tdd_run_state{state="completed"} == 1')
  await after(SETTLED_MS)
  server.kill('SIGTERM')
  return await drawn(prometheus, { from, to: Date.now() / 1_000 })
}

async function drawn(
  prometheus: Prometheus,
  time: { readonly from: number; readonly to: number },
): Promise<string> {
  const text = readFileSync(join(MONITORING, 'grafana-dashboard.json'), 'utf8')
  const { panels } = JSON.parse(text) as { panels: readonly Panel[] }
  const shown: Drawn[] = []
  for (const { title, type, fieldConfig, targets = [] } of panels) {
    if (type === 'row') continue
    const series: Drawn['series'][number][] = []
    for (const { expr, legendFormat } of targets) {
      const filled = expr
        .replaceAll('$instance', '.+')
        .replaceAll('$__rate_interval', '15s')
        .replaceAll('$__range', '1m')
      for (const { metric, values } of await prometheus.range(filled, time)) {
        const name = legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '')
        series.push({ name, points: values.map(([at, value]) => [at - time.from, Number(value)] as const) })
      }
    }
    shown.push({ title, type, unit: fieldConfig?.defaults.unit ?? 'short', series })
  }
  return drawDashboard(shown, time.to - time.from)
}

async function until(isSo: () => boolean): Promise<void> {
  for (let looks = 0; looks < LONGEST_LOOKS && !isSo(); looks += 1) await after(LOOK_MS)
}
