import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProgramEnd } from '../support/built-program.ts'
import {
  cliSample,
  type CliSample,
  emptyTest,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import {
  hasPrometheus,
  MONITORING,
  openPrometheus,
  type Prometheus,
  promtool,
} from '../support/prometheus.ts'
import { DRILL } from '../support/drill.ts'

const PLAN = {
  version: 1,
  title: 'Numbers',
  tasks: [numberTask('double'), numberTask('never')],
}

/** One task lands after a refusal, which opens the circuit of its stage for a moment; one is given up. */
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [[numberTest('double'), { usage: { costUsd: 0.25, inputTokens: 100 } }]],
      green: [[numberSource('double', 'n')], [numberSource('double')]],
    },
    'NEVER-1': { red: [[emptyTest('never', 1)]], red_fix: [[emptyTest('never', 1)]] },
  },
}
const QUICK_CIRCUITS = {
  TDD_CIRCUIT_STAGE_MAX_FAILURES: '1',
  TDD_CIRCUIT_STAGE_WAIT_MS: '100',
  TDD_CIRCUIT_STAGE_JITTER: '0',
}

const PROMETHEUS = hasPrometheus()

describe('metrics and health', () => {
  it('are told before there is a run, and refuse what they do not understand', async () => {
    const sample = cliSample()
    const health = await sample.cli(['health'])
    expect(health).toMatchObject({ code: 0, stdout: 'UNKNOWN: no plan was ingested yet\n' })
    expectError(await sample.json(['metrics', '--port', '1']), { code: 'usage', says: /--serve/ })
    const refused: readonly [readonly string[], RegExp][] = [
      [['--port', '70000'], /0 to 65535/],
      [['--host', '0.0.0.0'], /--expose/],
    ]
    for (const [flags, says] of refused)
      expectError(await sample.json(['metrics', '--serve', ...flags]), { code: 'usage', says })
    const server = await serving(sample)
    expectError(await sample.json(['metrics', '--serve', '--port', String(server.port)]), {
      code: 'address_unusable',
      says: /--port/,
    })
    expect(await server.stop()).toMatchObject({ code: 0, signal: null })
  })

  it.runIf(DRILL)(
    'are scraped by a real Prometheus while a run goes on, and every rule and panel finds its data',
    async () => {
      const sample = cliSample()
      const server = await serving(sample)
      if (PROMETHEUS) await scraped(sample, server.port)
      else await played(sample)
      expect((await sample.json(['metrics'])).document).toMatchObject({
        metrics: expect.arrayContaining([
          expect.objectContaining({
            name: 'tdd_cost_usd_total',
            samples: [expect.objectContaining({ value: 0.25 })],
          }),
        ]),
      })
      expect(await fromLibrary(sample)).toContain(
        'circuit_breaker_recoveries_total{level="stage",by="probe"} 1',
      )
      expect(await sample.json(['health'])).toMatchObject({
        code: 0,
        document: { run: { state: 'incomplete', live: false }, store: { readable: true }, staleClaims: 0 },
      })
      expect(await server.stop()).toMatchObject({ code: 0, signal: null })
    },
  )
})

describe.runIf(PROMETHEUS)('the rules for Prometheus', () => {
  it('are valid, and each alert fires for what it is about and for nothing else', () => {
    promtool(['check', 'rules', join(MONITORING, 'recording.yml'), join(MONITORING, 'alerts.yml')])
    promtool(['test', 'rules', join(MONITORING, 'alerts.test.yml')])
  })
})

/** Prometheus takes its time before it looks for the first time; the run begins only then, so that it sees everything grow. */
async function scraped(sample: CliSample, port: number): Promise<void> {
  await using prometheus = await openPrometheus(`127.0.0.1:${port}`)
  await prometheus.until('tdd_health_status{status="UNKNOWN"} == 1')
  await played(sample)
  await prometheus.until('tdd_run_state{state="incomplete"} == 1')
  await everyPanelFindsData(prometheus)
  await everyRuleIsWell(prometheus)
  const [landed] = await prometheus.query('tdd_landings_total')
  expect(landed?.value[1]).toBe('1')
  expect(promtool(['check', 'metrics'], (await sample.cli(['metrics'])).stdout)).toBe('')
}

async function played(sample: CliSample): Promise<void> {
  await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  const session = sample.beside('a.session.json', SESSION)
  const env = { ...sample.env, ...QUICK_CIRCUITS }
  const run = await sample.json(['run', '--agent', 'scripted', '--session', session], { env })
  expect(run, run.stderr).toMatchObject({ code: 1, document: { state: 'incomplete' } })
}

/** What a program of a user in the repository's directory is told. */
async function fromLibrary({ repo, env }: CliSample): Promise<string> {
  const library = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)
  const program = `import { getMetricsCollector } from ${library}
process.stdout.write(await getMetricsCollector().exportPrometheus())`
  const args = ['--input-type=module', '--eval', program]
  return (await promisify(execFile)(process.execPath, args, { cwd: repo.root, env })).stdout
}

interface Serving {
  readonly port: number
  /** Ends it as a supervisor would. */
  stop(): Promise<ProgramEnd>
}

function serving(sample: CliSample): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const over = sample.cli(['metrics', '--serve', '--port', '0', '--json'], {
      onOutput: (text, kill) => {
        const { port } = JSON.parse(text) as { port: number }
        onTestFinished(() => kill('SIGKILL'))
        resolve({ port, stop: () => (kill('SIGTERM'), over) })
      },
    })
    over.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)), reject)
  })
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[]
}

async function everyPanelFindsData(prometheus: Prometheus): Promise<void> {
  const text = readFileSync(join(MONITORING, 'grafana-dashboard.json'), 'utf8')
  const { panels } = JSON.parse(text) as { panels: readonly Panel[] }
  const targets = panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => expr))
  expect(targets.length).toBeGreaterThan(30)
  for (const expr of targets) {
    const filled = expr
      .replaceAll('$instance', '.+')
      .replaceAll('$__rate_interval', '1m')
      .replaceAll('$__range', '1h')
    // What is no number is not equal to itself, and no data.
    await prometheus.until(`(${filled}) == (${filled})`)
  }
}

async function everyRuleIsWell(prometheus: Prometheus): Promise<void> {
  const rules = await prometheus.rules()
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
  expect(rules.length).toBeGreaterThan(20)
  for (const { name, type } of rules) {
    if (type === 'recording') await prometheus.until(name)
  }
}
