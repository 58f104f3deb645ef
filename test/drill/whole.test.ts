import { expect, it } from 'vitest'
import { faultsOf, type Remains } from './whole.ts'

const MARKS = [
  { attempt: 1, task: 'A-1', stage: 'red', tokens: 0, ended: false },
  { attempt: 1, task: 'A-1', stage: 'red', tokens: 20, ended: true },
  { attempt: 2, task: 'A-1', stage: 'green', tokens: 0, ended: false },
  { attempt: 3, task: 'A-1', stage: 'green', tokens: 0, ended: false },
  { attempt: 3, task: 'A-1', stage: 'green', tokens: 40, ended: true },
]

/** One task: its first GREEN was lost to a kill. */
const WHOLE: Remains = {
  marks: MARKS,
  keys: ['A-1'],
  landed: [{ task: 'A-1', merge: 'm1' }],
  noted: ['m1'],
  receipts: [{ task: 'A-1', merge: 'm1' }],
  tasks: [{ task: 'A-1', state: 'completed' }],
  openIntents: 0,
  attempts: [
    attempt(1, 'red', 'accepted', { tokens: 20 }),
    attempt(2, 'green', 'lost', { tokens: 40, estimated: true }),
    attempt(3, 'green', 'accepted', { tokens: 40 }),
  ],
  fsck: '',
  checkout: '',
  processes: [],
  files: [],
}

function attempt(
  id: number,
  stage: string,
  kind: string,
  settled: { readonly tokens: number; readonly estimated?: boolean; readonly invocations?: number } | null,
): Remains['attempts'][number] {
  const charge = settled === null ? null : { invocations: 1, estimated: false, ...settled }
  return { id, task: 'A-1', stage, kind, callsAgent: true, settled: charge }
}

const [red, lost, green] = WHOLE.attempts as [
  Remains['attempts'][number],
  Remains['attempts'][number],
  Remains['attempts'][number],
]

it('finds no fault with what is whole', () => {
  expect(faultsOf(WHOLE)).toEqual([])
})

it.each<[what: string, over: Partial<Remains>, fault: string]>([
  ['a task that never landed', { landed: [], receipts: [], noted: [] }, 'A-1 landed 0 times'],
  [
    'a task that landed twice',
    {
      landed: [...WHOLE.landed, { task: 'A-1', merge: 'm2' }],
      receipts: [...WHOLE.receipts, { task: 'A-1', merge: 'm2' }],
      noted: ['m1', 'm2'],
    },
    'A-1 landed 2 times',
  ],
  [
    'a landing of no task',
    { landed: [...WHOLE.landed, { task: 'B-1', merge: 'm2' }], noted: ['m1', 'm2'] },
    'B-1 landed, and is no task',
  ],
  ['a landing without its receipt', { receipts: [] }, 'A-1 landed as m1, and its receipt says '],
  ['a landing without its note', { noted: [] }, 'A-1 landed without a note'],
  ['a task that is gone', { tasks: [] }, 'A-1 is lost'],
  ['a task that is left', { tasks: [{ task: 'A-1', state: 'landing' }] }, 'A-1 is landing'],
  ['an intent that is left', { openIntents: 1 }, '1 intents to land are open'],
  [
    'an attempt that is left',
    { attempts: [...WHOLE.attempts, { ...attempt(4, 'verify', 'running', null), callsAgent: false }] },
    'attempt 4 still runs',
  ],
  [
    'a stage that is run again behind its acceptance',
    { attempts: [red, { ...lost, id: 4 }, green], marks: MARKS.filter((mark) => mark.attempt !== 2) },
    'green of A-1 was accepted, and attempt 4 ran it again',
  ],
  ['a call without an attempt', { attempts: [red, green] }, 'a call of an agent has no attempt 2'],
  [
    'an attempt that called two agents',
    { marks: [...MARKS, { attempt: 3, task: 'A-1', stage: 'green', tokens: 0, ended: false }] },
    'attempt 3 called 2 agents',
  ],
  [
    'an attempt whose agent was told of another stage',
    { attempts: [{ ...red, stage: 'red_fix' }, lost, green] },
    'attempt 1 called another stage',
  ],
  [
    'an attempt that counts no call',
    { attempts: [attempt(1, 'red', 'accepted', { tokens: 20, invocations: 0 }), lost, green] },
    'attempt 1 counts 0 calls',
  ],
  [
    'a charge that is not what was used',
    { attempts: [attempt(1, 'red', 'accepted', { tokens: 21 }), lost, green] },
    'attempt 1 is charged 21 and used 20\nsettled attempts sum to 61, and used 60',
  ],
  [
    'an estimate below what was used',
    {
      marks: [...MARKS, { attempt: 2, task: 'A-1', stage: 'green', tokens: 50, ended: true }],
    },
    'attempt 2 is charged 40 and used 50\nwith the estimated ones attempts sum to 100, and used 110',
  ],
  [
    'a charge of who called nobody',
    { attempts: [...WHOLE.attempts, attempt(4, 'fix', 'lost', { tokens: 0 })] },
    'attempt 4 is charged and called nobody',
  ],
  [
    'an attempt that was never settled',
    { attempts: [...WHOLE.attempts, attempt(4, 'fix', 'lost', null)] },
    'attempt 4 was never settled',
  ],
  ['a damaged repository', { fsck: 'broken link' }, 'git finds fault with the repository: broken link'],
  ['a checkout that changed', { checkout: ' M src/add.js' }, 'the checkout is not as it was:  M src/add.js'],
  ['a process', { processes: ['node agent.mjs'] }, 'a process is left: node agent.mjs'],
  ['a file', { files: ['refs/heads/main.lock'] }, 'a file is left: refs/heads/main.lock'],
])('finds %s', (_, over, fault) => {
  expect(faultsOf({ ...WHOLE, ...over }).join('\n')).toBe(fault)
})
