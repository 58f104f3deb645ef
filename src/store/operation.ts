import type { Database } from './database.ts'
import type { Store } from './store.ts'

/** Methods of the store that are one synchronous piece of work on a database. */
export type OperationName = Exclude<
  keyof Store,
  'waitForEvent' | 'onRequest' | 'close' | typeof Symbol.asyncDispose
>
export type Args<Name extends OperationName> = Parameters<Store[Name]>
export type Answer<Name extends OperationName> = Awaited<ReturnType<Store[Name]>>

export type Operation<Name extends OperationName> = (db: Database, args: Args<Name>) => Answer<Name>
