import { OrchestratorError } from '../../errors.ts'

export function stoppedBeforeEnd(): OrchestratorError {
  return new OrchestratorError('interrupted', 'the backtest was stopped before its end', {
    hint: 'Ask again for all of it, or for less with --limit.',
  })
}
