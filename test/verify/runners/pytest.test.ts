import { describe } from 'vitest'
import { hasPytest, pathOfMachine } from '../../support/tools.ts'
import { runnerConformance } from './conformance.ts'
import { pytestDialect } from './dialect.ts'

if (hasPytest()) {
  const without = ['lateThrow', 'lateRejection'] as const
  runnerConformance({
    title: 'pytest',
    dialect: pytestDialect,
    path: pathOfMachine(),
    nodeModules: null,
    alone: [],
    without,
  })
} else {
  describe.todo('pytest')
}
