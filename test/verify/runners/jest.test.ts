import { describe } from 'vitest'
import { DRILL } from '../../support/drill.ts'
import { nodeModulesWith, pathWithThisNode } from '../../support/tools.ts'
import { runnerConformance } from './conformance.ts'
import { jestDialect } from './dialect.ts'

for (const [title, tool] of [
  ['jest 30', 'jest-30'],
  ...(DRILL ? ([['jest 27', 'jest-27']] as const) : []),
] as const) {
  const nodeModules = nodeModulesWith(tool)
  if (nodeModules === null) {
    describe.todo(title)
    continue
  }
  const without = ['lateThrow', 'lateRejection'] as const
  runnerConformance({
    title,
    dialect: jestDialect,
    path: pathWithThisNode(),
    nodeModules,
    alone: [],
    without,
  })
}
