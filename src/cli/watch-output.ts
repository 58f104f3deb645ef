import { messageOf, OrchestratorError } from '../errors.ts'
import { tellError } from './output.ts'

const READER_GONE = ['EPIPE', 'EIO', 'ENXIO']

/**
 * Output that cannot be written any more. Either way what can wind down does, as at a signal. Where whoever read it went
 * away (`| head`, a closed terminal) nobody is left to tell, and the command ends with its own exit code; everything else
 * is told once on stderr and makes the exit code.
 */
export function watchOutput(): void {
  let isLost = false
  process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
    if (isLost) return
    isLost = true
    if (!READER_GONE.includes(thrown.code ?? '')) endAsUnwritten(thrown)
    process.emit('SIGHUP')
  })
  // Progress is no result: without it the command is still right.
  process.stderr.on('error', () => {})
}

/** The code is set at the very end: what the command answers would replace it. */
function endAsUnwritten(cause: Error): void {
  const error = new OrchestratorError(
    'output_failed',
    `the output could not be written: ${messageOf(cause)}`,
    {
      hint: 'Make room where it goes, or send it elsewhere, and ask again: what the command did beside it may be done.',
      cause,
    },
  )
  const code = tellError(error, { json: false, lines: false })
  process.once('exit', () => {
    process.exitCode = code
  })
}
