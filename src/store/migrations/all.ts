import { TABLES_0001 } from './0001-tables.ts'
import { VIEWS_0001 } from './0001-views.ts'
import { PLANS_0002 } from './0002-plans.ts'
import { QUARANTINE_0003 } from './0003-quarantine.ts'
import { CIRCUIT_RULES_0004 } from './0004-circuit-rules.ts'
import { NOTIFICATIONS_0005 } from './0005-notifications.ts'
import { RESOURCES_0006 } from './0006-resources.ts'
import { CIRCUIT_VIEWS_0007 } from './0007-circuit-views.ts'
import { ENDED_RUNS_0008 } from './0008-ended-runs.ts'
import { STARTED_WITH_0009 } from './0009-started-with.ts'
import { PEOPLE_0010 } from './0010-people.ts'
import { MODELS_0011 } from './0011-models.ts'
import { PROMPTS_0012 } from './0012-prompts.ts'
import { CLAIM_ORDER_0013 } from './0013-claim-order.ts'
import { LOOKING_0014 } from './0014-looking.ts'
import { RARE_ROWS_0015 } from './0015-rare-rows.ts'

export interface Migration {
  readonly version: number
  readonly sql: string
}

/** In order, without holes; a published one is never edited. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: TABLES_0001 + VIEWS_0001 },
  { version: 2, sql: PLANS_0002 },
  { version: 3, sql: QUARANTINE_0003 },
  { version: 4, sql: CIRCUIT_RULES_0004 },
  { version: 5, sql: NOTIFICATIONS_0005 },
  { version: 6, sql: RESOURCES_0006 },
  { version: 7, sql: CIRCUIT_VIEWS_0007 },
  { version: 8, sql: ENDED_RUNS_0008 },
  { version: 9, sql: STARTED_WITH_0009 },
  { version: 10, sql: PEOPLE_0010 },
  { version: 11, sql: MODELS_0011 },
  { version: 12, sql: PROMPTS_0012 },
  { version: 13, sql: CLAIM_ORDER_0013 },
  { version: 14, sql: LOOKING_0014 },
  { version: 15, sql: RARE_ROWS_0015 },
]
