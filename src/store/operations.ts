import { claim, enterLanding, fail, giveBack, needHuman, renewClaims, rescue } from './queries-claims.ts'
import type { Operation, OperationName } from './operation.ts'
import { finishAttempt, recordUsage, startAttempt } from './queries-attempts.ts'
import { largestSpends, readOverdraft } from './queries-budgets.ts'
import { circuitHold, readCircuits, resetCircuit } from './queries-circuits.ts'
import { appendEvents, readEvents } from './queries-events.ts'
import { keepEvidence, recallEvidence } from './queries-evidence.ts'
import { readHistory } from './queries-history.ts'
import {
  dropIntent,
  landed,
  landingQueue,
  loseLanding,
  lostLandings,
  openIntents,
  recordIntent,
  recordReceipt,
  recordReturn,
} from './queries-landing.ts'
import { releaseLandingLease, renewLandingLease, takeLandingLease } from './queries-landing-lease.ts'
import {
  beginNotifications,
  queueNotifications,
  settleMessage,
  takeMessage,
} from './queries-notifications.ts'
import { answerPerson, peoplesWork, requireApproval } from './queries-holds.ts'
import { cancel, retry } from './queries-people.ts'
import { addTasks, createRun, readPlanTexts } from './queries-plan.ts'
import { clearQuarantine, quarantine, readQuarantined } from './queries-quarantine.ts'
import { keepPrompt, keepTemplates, prunePrompts } from './queries-prompts.ts'
import { answerRequest, fulfilRequest, openRequests } from './queries-requests.ts'
import { prune } from './queries-retention.ts'
import {
  findCurrentRun,
  findRun,
  findUnfinishedRun,
  keepAgent,
  readRest,
  startRun,
  suspendRun,
} from './queries-runs.ts'
import { claimable, heldPaths, keysIn, neighbours, outlook } from './queries-schedule.ts'
import { readSpend } from './queries-spend.ts'
import { readTask, readTasks } from './queries-tasks.ts'
import { pruneTranscripts, readTranscript } from './queries-transcripts.ts'
import { noteWorker, readWorkers, retireWorker } from './queries-workers.ts'

/** Operations that change nothing; a group of only these needs no transaction and no fsync. */
export const READS: ReadonlySet<OperationName> = new Set<OperationName>([
  'run',
  'unfinishedRun',
  'currentRun',
  'planTexts',
  'tasks',
  'task',
  'history',
  'keysIn',
  'neighbours',
  'outlook',
  'claimable',
  'heldPaths',
  'spend',
  'overdraft',
  'largestSpends',
  'transcript',
  'circuitHold',
  'circuits',
  'landingQueue',
  'openIntents',
  'landed',
  'lostLandings',
  'recallEvidence',
  'quarantined',
  'workers',
  'events',
  'openRequests',
  'peoplesWork',
  'rest',
])

/** Every method of the store that is work on the database, by its name. */
export const OPERATIONS: { readonly [Name in OperationName]: Operation<Name> } = {
  createRun,
  addTasks,
  run: findRun,
  unfinishedRun: findUnfinishedRun,
  currentRun: findCurrentRun,
  planTexts: readPlanTexts,
  keepAgent,
  startRun,
  suspendRun,
  tasks: readTasks,
  task: readTask,
  history: readHistory,
  keysIn,
  neighbours,
  outlook,
  claimable,
  heldPaths,
  claim,
  renewClaims,
  rescue,
  giveBack,
  enterLanding,
  fail,
  needHuman,
  cancel,
  retry,
  startAttempt,
  recordUsage,
  finishAttempt,
  spend: readSpend,
  largestSpends,
  overdraft: readOverdraft,
  transcript: readTranscript,
  pruneTranscripts,
  circuitHold,
  circuits: readCircuits,
  resetCircuit,
  beginNotifications,
  queueNotifications,
  takeMessage,
  settleMessage,
  takeLandingLease,
  renewLandingLease,
  releaseLandingLease,
  landingQueue,
  recordIntent,
  openIntents,
  recordReceipt,
  dropIntent,
  recordReturn,
  landed,
  lostLandings,
  loseLanding,
  keepEvidence,
  keepPrompt,
  keepTemplates,
  prunePrompts,
  prune,
  recallEvidence,
  quarantine,
  quarantined: readQuarantined,
  clearQuarantine,
  noteWorker,
  retireWorker,
  workers: readWorkers,
  append: appendEvents,
  events: readEvents,
  openRequests,
  answerRequest,
  fulfilRequest,
  peoplesWork,
  answerPerson,
  requireApproval,
  rest: readRest,
}
