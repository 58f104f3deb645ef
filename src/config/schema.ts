import { z } from 'zod'
import { targetFault } from '../domain/branch-name.ts'
import { DEFAULT_TEMPLATES, MESSAGE_PLACEHOLDERS, templateProblem } from '../domain/commit-message.ts'
import type { CircuitLevel } from '../domain/circuit.ts'
import { DEFAULT_LIMITS } from '../domain/limits.ts'
import { limitShapes } from '../protocol/limits-file.ts'
import { strict } from '../protocol/shapes.ts'
import { commandShape, suiteKeys } from '../protocol/suite-file.ts'
import { acpOptions } from './acp-schema.ts'
import { budgetOptions } from './budget-schema.ts'
import { circuitOptions } from './circuit-schema.ts'
import { claudeOptions } from './claude-schema.ts'
import { commandOptions } from './command-schema.ts'
import { modelOptions } from './model-schema.ts'
import { computed, option, optional } from './option.ts'
import type { Option } from './option.ts'
import { defaultStateDirectory, isAddress } from './places.ts'

const DAY_MS = 86_400_000
const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER)
const text = z.string().min(1).max(4096)
/** No system call takes a NUL. */
const file = text.refine((path) => !path.includes('\0'), 'contains a zero byte\nremove it')
const messageTemplate = text.superRefine((template, check) => {
  const problem = templateProblem(template)
  if (problem !== null) check.addIssue({ code: 'custom', message: `${problem.what}\n${problem.right}` })
})
const target = text.max(200).superRefine((name, check) => {
  const fault = targetFault(name)
  if (fault === null) return
  check.addIssue({ code: 'custom', message: `${JSON.stringify(name)} ${fault.what}\n${fault.right}` })
})
const storeFile = file.refine(
  (path) => !isAddress(path),
  'is an address\nname a file: stores other than SQLite do not exist yet',
)
const PLACEHOLDERS = `${MESSAGE_PLACEHOLDERS.map((name) => `\`{${name}}\``).join(', ')} stand for what they say; trailers follow by themselves.`
const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'is not the name of an environment variable\nuse letters, digits and "_"',
  )
const sizeInBytes = z
  .int()
  .min(0)
  .max(1024 ** 5)
const variableNames = z.array(variableName).max(100)

/** Every option of the product once, by section of `.tdd/config.toml`. */
const SECTIONS = {
  run: {
    workers: option(z.int().min(1).max(1000), 3, {
      env: 'TDD_MAX_WORKERS',
      doc: 'Agents that work at the same time.',
    }),
    agent: option(z.enum(['auto', 'claude', 'acp', 'command', 'scripted']), 'auto', {
      env: 'TDD_AGENT',
      doc: 'The driver that speaks to the coding tool; `auto` is `command` where one is configured, else `acp` where one is, else `claude`.',
    }),
    maxInvocations: optional(count, {
      env: 'TDD_MAX_INVOCATIONS',
      unset: 'no limit',
      doc: 'Agent calls that a run may make; then it pauses.',
    }),
    maxUsd: optional(z.number().positive().max(1e9), {
      unit: 'US dollars',
      unset: 'no limit',
      doc: 'Money that a run may spend; then it pauses.',
    }),
    maxTokens: optional(count, {
      unit: 'tokens',
      unset: 'no limit',
      doc: 'Tokens that a run may use; then it pauses. What is read from the cache of a provider is not counted.',
    }),
    maxTimeMs: optional(count, {
      unit: 'ms',
      unset: 'no limit',
      doc: 'Wall time that a run may take from its start or its last resumption; then it pauses.',
    }),
    leaveWindow: optional(z.number().gt(0).lt(1), {
      unit: 'share',
      unset: 'it may be used up',
      doc: 'Pause when less than this share of a window of the subscription is left, as its provider tells; 0.3 is 30 %.',
    }),
    refactor: option(z.boolean(), false, {
      doc: 'One more agent call for each implemented task, which tidies up its sources; what was verified before lands where the tidier sources do not hold.',
    }),
    setUpAgents: option(z.boolean(), true, {
      doc: 'Run `setup` in the slots of agents, too, so that they can run the tests; `false` where an agent does that by itself.',
    }),
    ports: option(z.int().min(0).max(1000), 20, {
      doc: 'Ports that each slot has to itself on this machine, told to its commands as `TDD_PORT_BASE` and `TDD_PORT_COUNT`; 0 for none.',
    }),
    approve: option(z.boolean(), false, {
      doc: 'What is verified lands only once a person has approved it (`task approve`). A run keeps it, once it was started so, until `--no-approve` says otherwise.',
    }),
    onLimit: option(z.enum(['auto', 'wait', 'exit']), 'auto', {
      doc: 'What a run does at a provider limit: wait for its reset, or exit with 75 where that is more than a minute away. `auto` waits on a terminal and exits elsewhere.',
    }),
  },
  'budgets.task': budgetOptions('task'),
  'budgets.day': budgetOptions('day'),
  models: modelOptions,
  limits: {
    redFix: option(limitShapes.redFix, DEFAULT_LIMITS.redFix, {
      doc: 'RED_FIX attempts after a refused RED.',
    }),
    green: option(limitShapes.green, DEFAULT_LIMITS.green, { doc: 'GREEN attempts.' }),
    fix: option(limitShapes.fix, DEFAULT_LIMITS.fix, { doc: 'FIX attempts.' }),
    disputes: option(limitShapes.disputes, DEFAULT_LIMITS.disputes, { doc: 'Disputes of one task.' }),
    landingReturns: option(limitShapes.landingReturns, DEFAULT_LIMITS.landingReturns, {
      doc: 'Landing returns of one task.',
    }),
    infrastructure: option(limitShapes.infrastructure, DEFAULT_LIMITS.infrastructure, {
      doc: 'Infrastructure retries of one stage; never counted as attempts.',
    }),
    attempts: option(limitShapes.attempts, DEFAULT_LIMITS.attempts, {
      doc: 'Attempts of one task in all; and so many may be cut off in a row with the process that works them.',
    }),
    stageMs: option(limitShapes.stageMs, DEFAULT_LIMITS.stageMs, {
      unit: 'ms',
      doc: 'Longest attempt of an agent.',
    }),
    stallMs: option(limitShapes.stallMs, DEFAULT_LIMITS.stallMs, {
      unit: 'ms',
      doc: 'Longest silence of an agent before its attempt is ended.',
    }),
    treeBytes: option(limitShapes.treeBytes, DEFAULT_LIMITS.treeBytes, {
      unit: 'bytes',
      doc: 'Largest tree that an agent may leave.',
    }),
    treeFiles: option(limitShapes.treeFiles, DEFAULT_LIMITS.treeFiles, {
      doc: 'Most files that an agent may leave.',
    }),
    memoryBytes: optional(sizeInBytes, {
      unit: 'bytes',
      unset: "the machine's memory / (`verify.slots` + `run.workers`), at least 1 GiB",
      doc: 'Memory of all processes of one command or agent together; 0 for no limit.',
    }),
    processes: option(z.int().min(0).max(1_000_000), 1024, {
      doc: 'Processes of one command or agent at once; 0 for no limit.',
    }),
    diskBytes: option(sizeInBytes, 8 * 1024 ** 3, {
      unit: 'bytes',
      doc: 'What one agent, test or check may write to its tree, HOME and TMPDIR, dependencies included; 0 for no limit. Where the disk is nearly full, who wrote most of what filled it is ended besides, as a fault of the machine.',
    }),
    setupDiskBytes: option(sizeInBytes, 32 * 1024 ** 3, {
      unit: 'bytes',
      doc: 'What one command of setup may write to the tree, HOME and TMPDIR of its slot; 0 for no limit.',
    }),
  },
  prompts: {
    maxTokens: option(z.int().min(4_000).max(1_000_000), 24_000, {
      unit: 'tokens',
      doc: 'Most of one prompt, as estimated, and never more than half the context window of a model of Claude Code that may be asked. What there is no room for is cut, the least needed first.',
    }),
  },
  verify: {
    slots: computed(z.int().min(1).max(1000), ({ cores }) => Math.max(1, cores - 1), {
      fallbackText: 'cores − 1, at least 1',
      env: 'TDD_VERIFY_SLOTS',
      doc: 'Commands under verification at the same time: setup, tests, checks.',
    }),
    repeats: option(z.int().min(1).max(20), 3, {
      env: 'TDD_VERIFY_REPEATS',
      doc: 'How often proof tests run alone; one disagreement makes them flaky.',
    }),
    baselineRepeats: option(z.int().min(0).max(20), 2, {
      doc: 'How often tests that fail at the base run again, to tell flaky ones apart.',
    }),
  },
  git: {
    target: optional(target, {
      env: 'TDD_TARGET',
      unset: '`tdd/<plan>`, made from HEAD',
      doc: 'The branch that accepted work goes to. Checked out nowhere.',
    }),
    mode: option(z.enum(['single_branch', 'branches']), 'single_branch', {
      doc: '`branches` also leaves `tdd/<run>/<task>` for each landing.',
    }),
    authorName: optional(text.max(200), { unset: 'as git is configured', doc: 'Author of the commits.' }),
    authorEmail: optional(text.max(200), {
      unset: 'as git is configured',
      doc: 'Email of the author of the commits.',
    }),
    testMessage: option(messageTemplate, DEFAULT_TEMPLATES.test, {
      doc: `Message of the commit with a task's tests. ${PLACEHOLDERS}`,
    }),
    sourceMessage: option(messageTemplate, DEFAULT_TEMPLATES.source, {
      doc: `Message of the commit with a task's sources. ${PLACEHOLDERS}`,
    }),
    mergeMessage: option(messageTemplate, DEFAULT_TEMPLATES.merge, {
      doc: `Message of the merge that lands a task. ${PLACEHOLDERS}`,
    }),
    sign: option(z.enum(['off', 'auto', 'on']), 'off', {
      env: 'TDD_SIGN',
      doc: 'Whether commits are signed, when they land, with the key that git is configured with; `auto` follows its `commit.gpgSign`. The program that signs is taken from your global git configuration, never from the repository.',
    }),
  },
  state: {
    directory: computed(file, defaultStateDirectory, {
      fallbackText: '`$XDG_STATE_HOME/tdd-orchestrator`, else `~/.local/state/tdd-orchestrator`',
      env: 'TDD_STATE_DIRECTORY',
      isPath: true,
      doc: 'Where store, slots, transcripts and caches live; outside every repository.',
    }),
    db: optional(storeFile, {
      env: 'TDD_DB',
      isPath: true,
      unset: 'a SQLite file in the state directory of the repository',
      doc: 'The store: path of a SQLite file, outside the repository.',
    }),
    auditDays: option(z.int().min(1).max(3650), 90, {
      env: 'TDD_AUDIT_DAYS',
      unit: 'days',
      doc: 'How long the history of circuits and requests of other processes are kept; older ones go when a run starts, and each day that it goes on.',
    }),
    transcriptDays: option(z.int().min(1).max(3650), 30, {
      env: 'TDD_TRANSCRIPT_DAYS',
      unit: 'days',
      doc: 'How long what agents said and did is kept; older transcripts go when a run starts, and each day that it goes on.',
    }),
    transcriptBytes: option(sizeInBytes, 1024 ** 3, {
      env: 'TDD_TRANSCRIPT_BYTES',
      unit: 'bytes',
      doc: 'What the transcripts of a repository may take in all, packed; beyond that the oldest go.',
    }),
  },
  trust: {
    commands: option(z.boolean(), false, { doc: 'Take the commands of a plan without asking a person.' }),
    evidence: option(z.boolean(), false, { doc: 'Let `prove` run commands that only the evidence names.' }),
  },
  notify: {
    slackWebhook: optional(text, {
      env: 'SLACK_WEBHOOK_URL',
      isSecret: true,
      unset: 'nobody is told in Slack',
      doc: 'The address of an incoming webhook of Slack. A secret: better in the variable than in a file or on a command line.',
    }),
    webhook: optional(text, {
      env: 'TDD_NOTIFY_WEBHOOK',
      isSecret: true,
      unset: 'none is called',
      doc: 'An address of your own that notifications are posted to, as JSON and signed.',
    }),
    webhookSecret: optional(text, {
      env: 'TDD_NOTIFY_WEBHOOK_SECRET',
      isSecret: true,
      doc: 'What notifications to `webhook` are signed with; 16 characters or more.',
    }),
    throttleMs: option(z.int().min(0).max(DAY_MS), 300_000, {
      env: 'TDD_NOTIFY_THROTTLE_MS',
      unit: 'ms',
      doc: 'A circuit that opens and closes is told at most once in this time, unless it gets worse; anything else not twice in the same words.',
    }),
    allowPrivate: option(z.boolean(), false, {
      env: 'TDD_NOTIFY_ALLOW_PRIVATE',
      doc: 'Let webhooks be addresses of your own network or machine, then also by `http://`.',
    }),
  },
  telemetry: {
    endpoint: optional(
      z
        .string()
        .max(2_048)
        .regex(
          /^https?:\/\/[^@]+$/,
          'is no address of a collector\nbegin it with http:// or https://, and put no name or password in it',
        ),
      {
        env: 'TDD_TELEMETRY_ENDPOINT',
        unset: '`OTEL_EXPORTER_OTLP_ENDPOINT`, else no traces are sent',
        doc: 'The address of a collector that takes traces of runs by OTLP over HTTP, such as http://127.0.0.1:4318.',
      },
    ),
  },
  'circuits.stage': circuitOptions('stage', { env: 'TDD_CIRCUIT_STAGE_MAX_FAILURES' }),
  'circuits.worker': circuitOptions('worker', { env: 'TDD_CIRCUIT_WORKER_MAX_CONSECUTIVE' }),
  'circuits.system': circuitOptions('system', { env: 'TDD_CIRCUIT_SYSTEM_MAX_FAILURES' }),
  'agents.claude': claudeOptions({ passEnv: variableNames, file }),
  'agents.acp': acpOptions(variableNames),
  'agents.command': commandOptions(variableNames),
} as const

type SectionName = keyof typeof SECTIONS

type Values<Section> = { readonly [Name in keyof Section]: Section[Name] extends Option<infer T> ? T : never }

/** Every value of the configuration with defaults filled in. */
export interface Config {
  readonly run: Values<(typeof SECTIONS)['run']>
  readonly budgets: {
    readonly task: Values<(typeof SECTIONS)['budgets.task']>
    readonly day: Values<(typeof SECTIONS)['budgets.day']>
  }
  readonly models: Values<(typeof SECTIONS)['models']>
  readonly limits: Values<(typeof SECTIONS)['limits']>
  readonly prompts: Values<(typeof SECTIONS)['prompts']>
  readonly verify: Values<(typeof SECTIONS)['verify']>
  readonly git: Values<(typeof SECTIONS)['git']>
  readonly state: Values<(typeof SECTIONS)['state']>
  readonly trust: Values<(typeof SECTIONS)['trust']>
  readonly notify: Values<(typeof SECTIONS)['notify']>
  readonly telemetry: Values<(typeof SECTIONS)['telemetry']>
  readonly circuits: Readonly<Record<CircuitLevel, Values<ReturnType<typeof circuitOptions>>>>
  readonly agents: {
    readonly claude: Values<(typeof SECTIONS)['agents.claude']>
    readonly acp: Values<(typeof SECTIONS)['agents.acp']>
    readonly command: Values<(typeof SECTIONS)['agents.command']>
  }
  /** As written; `configuredSuites` fills in what was left out. Empty: the suites that are found. */
  readonly suites: readonly ConfigSuite[]
}

export const configSuiteShape = strict({
  ...suiteKeys,
  setupSecrets: z
    .array(variableName)
    .max(100)
    .optional()
    .describe('Names of environment variables that setup alone receives. Default: none.'),
  envFiles: z
    .array(file)
    .max(20)
    .optional()
    .describe(
      'Files of the checkout, relative to cwd, with lines NAME=value for every command of the suite; a later one goes before, and `env` before all. Default: none.',
    ),
  teardown: z
    .array(commandShape)
    .max(100)
    .optional()
    .describe('Commands that run in each slot that the suite used, when the run ends. Default: none.'),
  copySetup: z
    .boolean()
    .optional()
    .describe(
      'Whether what setup left in one slot may be copied to others instead of running it in each. Default: true where setup only installs packages and there is no teardown.',
    ),
})
export type ConfigSuite = z.infer<typeof configSuiteShape>

export interface ListedOption {
  /** `run.workers`. */
  readonly path: string
  readonly section: readonly string[]
  readonly name: string
  readonly option: Option<unknown>
}

/** All options in the order of the documentation. */
export const OPTIONS: readonly ListedOption[] = Object.entries(SECTIONS).flatMap(([section, options]) =>
  Object.entries(options).map(([name, entry]: [string, Option<unknown>]) => ({
    path: `${section}.${name}`,
    section: section.split('.'),
    name,
    option: entry,
  })),
)

/** The shape of `.tdd/config.toml`. */
export const configFileShape = strict({
  run: section('run'),
  budgets: strict({ task: section('budgets.task'), day: section('budgets.day') }).optional(),
  models: section('models'),
  limits: section('limits'),
  prompts: section('prompts'),
  verify: section('verify'),
  git: section('git'),
  state: section('state'),
  trust: section('trust'),
  notify: section('notify'),
  telemetry: section('telemetry'),
  circuits: strict({
    stage: section('circuits.stage'),
    worker: section('circuits.worker'),
    system: section('circuits.system'),
  }).optional(),
  agents: strict({
    claude: section('agents.claude'),
    acp: section('agents.acp'),
    command: section('agents.command'),
  }).optional(),
  suites: z.array(configSuiteShape).max(1000).optional(),
})
export type ConfigFile = z.infer<typeof configFileShape>

function section(name: SectionName) {
  const shape: Record<string, z.ZodType> = {}
  for (const [key, { shape: valueShape, doc }] of Object.entries<Option<unknown>>(SECTIONS[name])) {
    shape[key] = valueShape.optional().describe(doc)
  }
  return strict(shape).optional()
}
