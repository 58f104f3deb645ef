import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { priceList } from '../src/domain/model-prices.ts'
import { type ClaudeSdk, claudeAgent } from '../src/agents/claude.ts'
import { openModelEndpoint } from '../src/agents/endpoint/model-endpoint.ts'
import { playedTurn } from '../src/agents/endpoint/played-turn.ts'
import { openSessionEndpoint } from '../src/agents/endpoint/session-endpoint.ts'
import { type SessionAction, parseSession } from '../src/protocol/session-file.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { requestIn } from '../test/conformance/agent.ts'
import { type CliSample, cliSample } from '../test/support/cli-sample.ts'
import { testPlace } from '../test/support/contained.ts'
import { letterFiles, letterPlan, letterSession } from '../test/support/letters.ts'
import { tempRepo } from '../test/support/temp-repo.ts'
import { nodeModulesWith } from '../test/support/tools.ts'
import { type Figure, median } from './figure.ts'

const ROUNDS = 7
const TURNS = 8
/** A quick model. */
const TURN_MS = 250
const MODEL = 'claude-haiku-4-5'
const KEY = { ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none' }
const KEYS = 'ABCDEFGHIJKLMNOPQRST'.split('')
const MOST_WORKERS = 3
const MEMORY_ROUNDS = 3
const LOOK_MS = 50
const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')
const MIB = 1024 ** 2

/** What our side of an agent costs: time and memory beside the client itself, and the time until the next prompt. */
export async function agentFigures(): Promise<Figure[]> {
  const modules = nodeModulesWith('claude-agent-sdk')
  const waits = await untilNextPrompt()
  if (modules === null) return [waits]
  const sdk = join(modules, '@anthropic-ai/claude-agent-sdk')
  return [await driverTime(sdk), await workerMemory(sdk), waits]
}

/** The same session by our driver, contained and listened to, and by the SDK alone. */
async function driverTime(directory: string): Promise<Figure> {
  const sdk = (await import(pathToFileURL(join(directory, 'sdk.mjs')).href)) as ClaudeSdk
  const actions = Array.from({ length: TURNS }, (): SessionAction[] => [
    { sleepMs: TURN_MS },
    { run: ['true'] },
  ]).flat()
  await using endpoint = await openModelEndpoint({
    answer: (call) => playedTurn(actions, call, { withoutSleep: false }),
    clock: systemClock,
  })
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    theirs.push(await timed(() => bare(sdk, endpoint.url)))
    ours.push(await timed(() => driven(sdk, endpoint.url)))
  }
  const ratio = median(ours) / median(theirs)
  return {
    name: `wall time of a session of ${TURNS} turns of ${TURN_MS} ms, claude driver`,
    ours: median(ours),
    unit: 'ms',
    anchor: 'the SDK alone, ms',
    theirs: Math.round(median(theirs)),
    ratio,
    goal: '<= 1.05',
    met: ratio <= 1.05,
  }
}

async function bare(sdk: ClaudeSdk, url: string): Promise<void> {
  using place = testPlace()
  const home = join(place.path, 'home')
  mkdirSync(home)
  const messages = sdk.query({
    prompt: 'Make it so.\n',
    options: {
      cwd: place.path,
      model: MODEL,
      settingSources: [],
      tools: ['Read', 'Write', 'Bash'],
      allowedTools: ['Read', 'Write', 'Bash'],
      permissionMode: 'dontAsk',
      includePartialMessages: true,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        ANTHROPIC_BASE_URL: url,
        ...KEY,
      },
    },
  })
  for await (const _ of messages);
}

async function driven(sdk: ClaudeSdk, url: string): Promise<void> {
  using place = testPlace()
  const agent = claudeAgent({
    sdk,
    program: null,
    models: { low: MODEL, medium: MODEL, high: MODEL },
    maxTurns: 100,
    waitMs: 60_000,
    passed: { ANTHROPIC_BASE_URL: url, ...KEY },
    secrets: [],
    prices: priceList({}),
    clock: systemClock,
  })
  for await (const event of agent.run(requestIn(place), new AbortController().signal))
    if (event.kind === 'result' && event.result.kind !== 'done')
      throw new Error(`the agent ended with ${JSON.stringify(event.result)}`)
}

/** What each further worker adds to what is ours: this program and its sandboxes, at their largest. */
async function workerMemory(sdk: string): Promise<Figure> {
  const added: number[] = []
  for (let round = 0; round < MEMORY_ROUNDS; round += 1) {
    const [one, most] = [await largest(sdk, 1), await largest(sdk, MOST_WORKERS)]
    added.push((most - one) / (MOST_WORKERS - 1) / MIB)
  }
  const ours = median(added)
  return {
    name: `memory of a further worker with Claude Code, its client's own processes left out`,
    ours,
    unit: 'MiB',
    anchor: null,
    theirs: null,
    ratio: null,
    goal: '<= 30 MiB',
    met: ours <= 30,
  }
}

async function largest(sdk: string, workers: number): Promise<number> {
  await using endpoint = await openSessionEndpoint({
    session: parseSession(JSON.stringify(letterSession(KEYS)), 'letters'),
    withoutSleep: true,
    clock: systemClock,
  })
  const sample = await ingested()
  const env = { ...sample.env, ...KEY, ANTHROPIC_BASE_URL: endpoint.url, TDD_CLAUDE_SDK: sdk }
  let most = 0
  await ran(sample, env, {
    workers,
    look: (pid) => {
      most = Math.max(most, ownMemory(pid))
    },
  })
  sample.repo.remove()
  return most
}

/** Resident memory of a process of this program and of the sandboxes that it started, in bytes. */
function ownMemory(pid: number): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name))
  const isBelow = (each: number): boolean => {
    for (let at = each, steps = 0; at > 1 && steps < 100; at = parents.get(at) ?? 0, steps += 1)
      if (at === pid) return true
    return false
  }
  return [...parents.keys()]
    .filter((each) => each === pid || (isSandbox(each) && isBelow(each)))
    .reduce((sum, each) => sum + residentBytes(each), 0)
}

function parentOf(pid: string): number {
  return Number(/^PPid:\t(\d+)/m.exec(statusOf(Number(pid)))?.[1] ?? 0)
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(statusOf(pid))?.[1] ?? 0) * 1024
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

function isSandbox(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith('/bwrap')
  } catch {
    // It has ended meanwhile.
    return false
  }
}

/** From the acceptance of RED to the start of the agent that is given the prompt of GREEN; it lands when that was. */
async function untilNextPrompt(): Promise<Figure> {
  const sample = await ingested()
  mkdirSync(join(sample.repo.root, '.tdd'), { recursive: true })
  writeFileSync(
    join(sample.repo.root, '.tdd/config.toml'),
    `[agents.command]\nargv = ["/bin/sh", "-c", ${JSON.stringify(LETTER_AGENT)}]\n`,
  )
  await ran(sample, sample.env, { workers: MOST_WORKERS, look: () => undefined })
  const { stdout } = await sample.cli(['events', '--json'])
  const accepted = new Map<string, number>()
  for (const line of stdout.trim().split('\n')) {
    const { kind, task, at, data } = JSON.parse(line) as Told
    if (kind === 'attempt_accepted' && data?.stage === 'red') accepted.set(task, at)
  }
  const waits = KEYS.map((key) => {
    const source = sample.repo.git('show', `tdd/letters:src/${key.toLowerCase()}.js`)
    return Number(/began (\d+)/.exec(source)?.[1]) - (accepted.get(key) ?? Number.NaN)
  })
  sample.repo.remove()
  waits.sort((left, right) => left - right)
  const ours = waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.NaN
  return {
    name: `from RED accepted to the agent of GREEN started, p95 of ${waits.length}, ${MOST_WORKERS} workers`,
    ours,
    unit: 'ms',
    anchor: null,
    theirs: null,
    ratio: null,
    goal: '<= 150 ms',
    met: ours <= 150,
  }
}

interface Told {
  readonly kind: string
  readonly task: string
  readonly at: number
  readonly data?: { readonly stage?: string }
}

/** Does a task of the letters, and says in its source when it began. */
const LETTER_AGENT = `began=$(date +%s%3N)
name=$(echo "$TDD_TASK" | tr A-Z a-z)
if [ "$TDD_STAGE" = green ]; then
  echo "export const $name = () => '$name' // began $began" > "src/$name.js"
else
  cat > "test/$name.test.js" <<END
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { $name } from '../src/$name.js'
test('AC-$TDD_TASK returns $name', () => assert.equal($name(), '$name'))
END
fi`

async function ingested(): Promise<CliSample> {
  const sample = cliSample(tempRepo(letterFiles, { kept: true }))
  const { code, stderr } = await sample.json(['ingest', sample.beside('plan.json', letterPlan(KEYS))])
  if (code !== 0) throw new Error(stderr)
  return sample
}

async function ran(
  sample: CliSample,
  env: Readonly<Record<string, string>>,
  { workers, look }: { readonly workers: number; readonly look: (pid: number) => void },
): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'run', '--workers', String(workers)], {
    cwd: sample.repo.root,
    env,
    stdio: 'ignore',
  })
  const looking = setInterval(() => look(child.pid ?? 0), LOOK_MS)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearInterval(looking)
  if (code !== 0) throw new Error(`the run ended with ${code}`)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
