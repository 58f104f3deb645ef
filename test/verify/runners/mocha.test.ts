import { describe } from 'vitest'
import { nodeModulesWith, pathWithThisNode } from '../../support/tools.ts'
import { runnerConformance } from './conformance.ts'
import { mochaDialect } from './dialect.ts'

const nodeModules = nodeModulesWith('mocha-11')
if (nodeModules === null) {
  describe.todo('mocha 11')
} else {
  runnerConformance({
    title: 'mocha 11',
    dialect: mochaDialect,
    path: pathWithThisNode(),
    nodeModules,
    alone: ['syntax', 'missingModule', 'missingExport'],
    // Mocha itself lets a rejection pass that nobody handles.
    without: ['lateRejection'],
  })
}
