import { pathOfMachine, pathWithThisNode } from '../../support/tools.ts'
import { runnerConformance } from './conformance.ts'
import { nodeDialect } from './dialect.ts'

for (const [title, path] of [
  ['node:test on this Node', pathWithThisNode()],
  ["node:test on the machine's Node", pathOfMachine()],
] as const) {
  runnerConformance({ title, dialect: nodeDialect, path, nodeModules: null, alone: [] })
}
