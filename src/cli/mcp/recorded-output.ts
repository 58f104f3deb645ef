import type { Output } from '../output.ts'

interface RecordedOutput extends Output {
  /** What the command printed as its result; undefined where it printed none. */
  document(): unknown
}

/** Where a command writes that an assistant asked for: its document is kept, its progress goes where the server's goes. */
export function recordedOutput(progress: (line: string) => void): RecordedOutput {
  let document: unknown
  return {
    // With it some commands write to stdout by themselves.
    json: false,
    lines: false,
    live: false,
    color: false,
    columns: null,
    result: (_name, told) => {
      document = told
    },
    line: (_name, told) => {
      document = told
    },
    redraw: () => {},
    progress,
    route: () => {},
    document: () => document,
  }
}
