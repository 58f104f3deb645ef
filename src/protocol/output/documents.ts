import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import { backtestReportShape } from './backtest-report.ts'
import { checkReportShape } from './check-report.ts'
import {
  circuitsExplainShape,
  circuitsHealthShape,
  circuitsHistoryShape,
  circuitsResetShape,
  circuitsStatusShape,
} from './circuits-report.ts'
import { cleanReportShape } from './clean-report.ts'
import { configReportShape } from './config-report.ts'
import { doctorReportShape } from './doctor-report.ts'
import { errorShape } from './error.ts'
import { eventShape } from './event.ts'
import { healthReportShape } from './health-report.ts'
import { ingestReportShape } from './ingest-report.ts'
import { initReportShape } from './init-report.ts'
import { mcpTokenShape } from './mcp-token.ts'
import { metricsServingShape, metricsShape } from './metrics.ts'
import { taskApprovalShape, taskTakeShape, taskVerdictShape } from './people.ts'
import { proveReportShape } from './prove-report.ts'
import { quarantineChangeShape, quarantineListShape } from './quarantine-report.ts'
import { reportFileShape } from './report-file.ts'
import { runDetachedShape } from './run-detached.ts'
import { runForecastShape } from './run-forecast.ts'
import { runReportShape } from './run-report.ts'
import { statusShape } from './status.ts'
import { stopReportShape } from './stop-report.ts'
import { taskChangeShape } from './task-change.ts'
import { taskDiffShape } from './task-diff.ts'
import { taskPromptShape } from './task-prompt.ts'
import { taskListShape } from './task-list.ts'
import { taskLogEntryShape, taskLogShape } from './task-log.ts'
import { taskShape } from './task.ts'
import { uninstallReportShape } from './uninstall-report.ts'

/** Every document that leaves the process. The program takes only types from here: a command that looks loads no zod. */
export const DOCUMENTS = {
  'backtest-report': backtestReportShape,
  'check-report': checkReportShape,
  'circuits-explain': circuitsExplainShape,
  'circuits-health': circuitsHealthShape,
  'circuits-history': circuitsHistoryShape,
  'circuits-reset': circuitsResetShape,
  'circuits-status': circuitsStatusShape,
  'clean-report': cleanReportShape,
  'config-report': configReportShape,
  'config-schema': z.looseObject({ title: z.string() }).describe('A JSON Schema.'),
  'doctor-report': doctorReportShape,
  error: errorShape,
  event: eventShape,
  'health-report': healthReportShape,
  'ingest-report': ingestReportShape,
  'init-report': initReportShape,
  'mcp-token': mcpTokenShape,
  metrics: metricsShape,
  'metrics-serving': metricsServingShape,
  'prove-report': proveReportShape,
  'quarantine-change': quarantineChangeShape,
  'quarantine-list': quarantineListShape,
  'report-file': reportFileShape,
  'run-detached': runDetachedShape,
  'run-forecast': runForecastShape,
  'run-report': runReportShape,
  status: statusShape,
  'stop-report': stopReportShape,
  task: taskShape,
  'task-approval': taskApprovalShape,
  'task-change': taskChangeShape,
  'task-diff': taskDiffShape,
  'task-prompt': taskPromptShape,
  'task-list': taskListShape,
  'task-log': taskLogShape,
  'task-take': taskTakeShape,
  'task-verdict': taskVerdictShape,
  'task-log-entry': taskLogEntryShape,
  'uninstall-report': uninstallReportShape,
} as const

export type DocumentName = keyof typeof DOCUMENTS
export type Documents = { readonly [Name in DocumentName]: Immutable<z.infer<(typeof DOCUMENTS)[Name]>> }

/** Which documents each command may print with `--json`, beside that of an error. */
export const PRINTED_BY: Readonly<Record<string, readonly DocumentName[]>> = {
  attach: ['status'],
  backtest: ['backtest-report'],
  check: ['check-report'],
  'circuits explain': ['circuits-explain'],
  'circuits health': ['circuits-health'],
  'circuits history': ['circuits-history'],
  'circuits reset': ['circuits-reset'],
  'circuits status': ['circuits-status'],
  clean: ['clean-report'],
  config: ['config-report', 'config-schema'],
  demo: ['run-report'],
  doctor: ['doctor-report'],
  events: ['event'],
  health: ['health-report'],
  ingest: ['ingest-report'],
  init: ['init-report'],
  mcp: ['mcp-token'],
  metrics: ['metrics', 'metrics-serving'],
  prove: ['prove-report'],
  'quarantine clear': ['quarantine-change'],
  'quarantine list': ['quarantine-list'],
  report: ['report-file'],
  run: ['run-report', 'run-detached', 'run-forecast'],
  status: ['status'],
  stop: ['stop-report'],
  'task accept': ['task-verdict'],
  'task approve': ['task-approval'],
  'task cancel': ['task-change'],
  'task diff': ['task-diff'],
  'task prompt': ['task-prompt'],
  'task give-back': ['task-change'],
  'task list': ['task-list'],
  'task log': ['task-log', 'task-log-entry'],
  'task refuse': ['task-change'],
  'task retry': ['task-change'],
  'task show': ['task'],
  'task submit': ['task-verdict'],
  'task take': ['task-take'],
  uninstall: ['uninstall-report'],
}
