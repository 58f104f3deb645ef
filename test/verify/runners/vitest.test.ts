import { join } from 'node:path'
import { describe } from 'vitest'
import { DRILL } from '../../support/drill.ts'
import { nodeModulesWith, pathWithThisNode } from '../../support/tools.ts'
import { runnerConformance } from './conformance.ts'
import { vitestDialect } from './dialect.ts'

const OURS = join(import.meta.dirname, '../../../node_modules')

for (const [title, nodeModules] of [
  ['vitest 5', OURS],
  ...(DRILL
    ? ([
        ['vitest 1', nodeModulesWith('vitest-1')],
        ['vitest 0.34', nodeModulesWith('vitest-0')],
      ] as const)
    : []),
] as const) {
  if (nodeModules === null) {
    describe.todo(title)
    continue
  }
  runnerConformance({ title, dialect: vitestDialect, path: pathWithThisNode(), nodeModules, alone: [] })
}
