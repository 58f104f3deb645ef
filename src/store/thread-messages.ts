import type { ErrorCode } from '../errors.ts'
import type { ProcessIdentity } from '../runtime/process-identity.ts'
import type { OperationName } from './operation.ts'

/** What the thread is started with. */
export interface ThreadData {
  readonly path: string
  readonly leaseMs: number
  /** How often it looks for what other processes handed in. */
  readonly requestPollMs: number
}

export interface OperationCall {
  readonly id: number
  readonly name: OperationName
  readonly args: readonly unknown[]
}

/** To the thread. What is asked for at one time comes as one message. */
export type ThreadCall =
  | { readonly kind: 'operations'; readonly calls: readonly OperationCall[] }
  | ControlCall

export type ControlCall =
  | { readonly kind: 'open'; readonly id: number }
  | {
      readonly kind: 'own'
      readonly id: number
      readonly owner: ProcessIdentity
      readonly after: number
      readonly passing: boolean
    }
  | { readonly kind: 'await'; readonly id: number }
  | { readonly kind: 'close' | 'remove'; readonly id: number }

/** From the thread; one message per committed group. */
export type ThreadNews =
  | { readonly kind: 'replies'; readonly replies: readonly Reply[]; readonly lastEvent: number }
  | { readonly kind: 'requests' }

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ThrownError }

export type Damage = 'pages' | 'row'

export interface ThrownError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
  /** What of the store is damaged: its pages or its log, or a row on pages that are whole. Null where nothing is. */
  readonly damage: Damage | null
  readonly stack: string | null
}
