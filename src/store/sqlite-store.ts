import type { Answer, Args, OperationName } from './operation.ts'
import type { HeldClaim, Store } from './store.ts'
import type { ThreadClient } from './thread-client.ts'

type Method<Name extends OperationName> = (...args: Args<Name>) => Promise<Answer<Name>>

/** What the store asks of the owner's thread. */
type OwnerThread = Pick<ThreadClient, 'call' | 'lastEvent' | 'isEnded' | 'onEvents' | 'onRequests' | 'close'>

/** The store of one owner: each method is a message to its thread, answered after the commit. */
export class SqliteStore implements Store {
  readonly #thread: OwnerThread

  constructor(thread: OwnerThread) {
    this.#thread = thread
  }

  readonly createRun: Method<'createRun'> = (...args) => this.#thread.call('createRun', args)
  readonly addTasks: Method<'addTasks'> = (...args) => this.#thread.call('addTasks', args)
  readonly run: Method<'run'> = (...args) => this.#thread.call('run', args)
  readonly unfinishedRun: Method<'unfinishedRun'> = (...args) => this.#thread.call('unfinishedRun', args)
  readonly currentRun: Method<'currentRun'> = (...args) => this.#thread.call('currentRun', args)
  readonly planTexts: Method<'planTexts'> = (...args) => this.#thread.call('planTexts', args)
  readonly keepAgent: Method<'keepAgent'> = (...args) => this.#thread.call('keepAgent', args)
  readonly startRun: Method<'startRun'> = (...args) => this.#thread.call('startRun', args)
  readonly suspendRun: Method<'suspendRun'> = (...args) => this.#thread.call('suspendRun', args)
  readonly tasks: Method<'tasks'> = (...args) => this.#thread.call('tasks', args)
  readonly task: Method<'task'> = (...args) => this.#thread.call('task', args)
  readonly history: Method<'history'> = (...args) => this.#thread.call('history', args)
  readonly keysIn: Method<'keysIn'> = (...args) => this.#thread.call('keysIn', args)
  readonly neighbours: Method<'neighbours'> = (...args) => this.#thread.call('neighbours', args)
  readonly outlook: Method<'outlook'> = (...args) => this.#thread.call('outlook', args)
  readonly claimable: Method<'claimable'> = (...args) => this.#thread.call('claimable', args)
  readonly heldPaths: Method<'heldPaths'> = (...args) => this.#thread.call('heldPaths', args)
  readonly claim: Method<'claim'> = (...args) => this.#thread.call('claim', args)
  readonly renewClaims: Method<'renewClaims'> = (held, ...rest) =>
    this.#thread.call('renewClaims', [held.map(heldOnly), ...rest])
  readonly rescue: Method<'rescue'> = (...args) => this.#thread.call('rescue', args)
  readonly giveBack: Method<'giveBack'> = (held, ...rest) =>
    this.#thread.call('giveBack', [heldOnly(held), ...rest])
  readonly enterLanding: Method<'enterLanding'> = (held, ...rest) =>
    this.#thread.call('enterLanding', [heldOnly(held), ...rest])
  readonly fail: Method<'fail'> = (held, ...rest) => this.#thread.call('fail', [heldOnly(held), ...rest])
  readonly needHuman: Method<'needHuman'> = (held, ...rest) =>
    this.#thread.call('needHuman', [heldOnly(held), ...rest])
  readonly cancel: Method<'cancel'> = (...args) => this.#thread.call('cancel', args)
  readonly retry: Method<'retry'> = (...args) => this.#thread.call('retry', args)
  readonly startAttempt: Method<'startAttempt'> = (held, ...rest) =>
    this.#thread.call('startAttempt', [heldOnly(held), ...rest])
  readonly recordUsage: Method<'recordUsage'> = (...args) => this.#thread.call('recordUsage', args)
  readonly finishAttempt: Method<'finishAttempt'> = (held, ...rest) =>
    this.#thread.call('finishAttempt', [heldOnly(held), ...rest])
  readonly spend: Method<'spend'> = (...args) => this.#thread.call('spend', args)
  readonly overdraft: Method<'overdraft'> = (held, ...rest) =>
    this.#thread.call('overdraft', [heldOnly(held), ...rest])
  readonly largestSpends: Method<'largestSpends'> = (...args) => this.#thread.call('largestSpends', args)
  readonly transcript: Method<'transcript'> = (...args) => this.#thread.call('transcript', args)
  readonly pruneTranscripts: Method<'pruneTranscripts'> = (...args) =>
    this.#thread.call('pruneTranscripts', args)
  readonly circuitHold: Method<'circuitHold'> = (...args) => this.#thread.call('circuitHold', args)
  readonly circuits: Method<'circuits'> = (...args) => this.#thread.call('circuits', args)
  readonly resetCircuit: Method<'resetCircuit'> = (...args) => this.#thread.call('resetCircuit', args)
  readonly prune: Method<'prune'> = (...args) => this.#thread.call('prune', args)
  readonly beginNotifications: Method<'beginNotifications'> = (...args) =>
    this.#thread.call('beginNotifications', args)
  readonly queueNotifications: Method<'queueNotifications'> = (...args) =>
    this.#thread.call('queueNotifications', args)
  readonly takeMessage: Method<'takeMessage'> = (...args) => this.#thread.call('takeMessage', args)
  readonly settleMessage: Method<'settleMessage'> = (...args) => this.#thread.call('settleMessage', args)
  readonly takeLandingLease: Method<'takeLandingLease'> = (...args) =>
    this.#thread.call('takeLandingLease', args)
  readonly renewLandingLease: Method<'renewLandingLease'> = (...args) =>
    this.#thread.call('renewLandingLease', args)
  readonly releaseLandingLease: Method<'releaseLandingLease'> = (...args) =>
    this.#thread.call('releaseLandingLease', args)
  readonly landingQueue: Method<'landingQueue'> = (...args) => this.#thread.call('landingQueue', args)
  readonly recordIntent: Method<'recordIntent'> = (...args) => this.#thread.call('recordIntent', args)
  readonly openIntents: Method<'openIntents'> = (...args) => this.#thread.call('openIntents', args)
  readonly recordReceipt: Method<'recordReceipt'> = (...args) => this.#thread.call('recordReceipt', args)
  readonly dropIntent: Method<'dropIntent'> = (...args) => this.#thread.call('dropIntent', args)
  readonly recordReturn: Method<'recordReturn'> = (...args) => this.#thread.call('recordReturn', args)
  readonly landed: Method<'landed'> = (...args) => this.#thread.call('landed', args)
  readonly lostLandings: Method<'lostLandings'> = (...args) => this.#thread.call('lostLandings', args)
  readonly loseLanding: Method<'loseLanding'> = (...args) => this.#thread.call('loseLanding', args)
  readonly keepPrompt: Method<'keepPrompt'> = (...args) => this.#thread.call('keepPrompt', args)
  readonly prunePrompts: Method<'prunePrompts'> = (...args) => this.#thread.call('prunePrompts', args)
  readonly keepTemplates: Method<'keepTemplates'> = (...args) => this.#thread.call('keepTemplates', args)
  readonly keepEvidence: Method<'keepEvidence'> = (...args) => this.#thread.call('keepEvidence', args)
  readonly recallEvidence: Method<'recallEvidence'> = (...args) => this.#thread.call('recallEvidence', args)
  readonly quarantine: Method<'quarantine'> = (...args) => this.#thread.call('quarantine', args)
  readonly quarantined: Method<'quarantined'> = (...args) => this.#thread.call('quarantined', args)
  readonly clearQuarantine: Method<'clearQuarantine'> = (...args) =>
    this.#thread.call('clearQuarantine', args)
  readonly noteWorker: Method<'noteWorker'> = (...args) => this.#thread.call('noteWorker', args)
  readonly retireWorker: Method<'retireWorker'> = (...args) => this.#thread.call('retireWorker', args)
  readonly workers: Method<'workers'> = (...args) => this.#thread.call('workers', args)
  readonly append: Method<'append'> = (...args) => this.#thread.call('append', args)
  readonly events: Method<'events'> = (...args) => this.#thread.call('events', args)
  readonly openRequests: Method<'openRequests'> = (...args) => this.#thread.call('openRequests', args)
  readonly answerRequest: Method<'answerRequest'> = (...args) => this.#thread.call('answerRequest', args)
  readonly fulfilRequest: Method<'fulfilRequest'> = (...args) => this.#thread.call('fulfilRequest', args)

  readonly peoplesWork: Method<'peoplesWork'> = (...args) => this.#thread.call('peoplesWork', args)
  readonly answerPerson: Method<'answerPerson'> = (held, ...rest) =>
    this.#thread.call('answerPerson', [heldOnly(held), ...rest])
  readonly rest: Method<'rest'> = (...args) => this.#thread.call('rest', args)
  readonly requireApproval: Method<'requireApproval'> = (...args) =>
    this.#thread.call('requireApproval', args)

  /** Also resolves when the store is closed: the next read then says so. */
  waitForEvent(seq: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const isDone = (): boolean => this.#thread.lastEvent > seq || signal.aborted || this.#thread.isEnded
      if (isDone()) return resolve()
      const look = (): void => {
        if (!isDone()) return
        stopListening()
        signal.removeEventListener('abort', look)
        resolve()
      }
      const stopListening = this.#thread.onEvents(look)
      signal.addEventListener('abort', look, { once: true })
    })
  }

  onRequest(handler: () => void): () => void {
    return this.#thread.onRequests(handler)
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  /** Closes it and removes its files. Nobody has it in between: what others hand in meanwhile is answered by nobody. */
  remove(): Promise<void> {
    return this.#thread.close('remove')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The thread is not sent the whole task each time. */
function heldOnly({ run, worker, token, task }: HeldClaim): HeldClaim {
  return { run, worker, token, task: { definition: { key: task.definition.key } } }
}
