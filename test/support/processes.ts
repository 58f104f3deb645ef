import { execFileSync } from 'node:child_process'

/** Whether a process runs; one that is dead and not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  return livingProcesses().some((row) => row.pid === pid)
}

/** The processes whose command line contains a text, which tests make unique. */
export function processesWith(text: string): { pid: number; command: string }[] {
  return livingProcesses().filter(({ command }) => command.includes(text))
}

/** The contained processes, which carry a mark, that have a text in their environment or command line. */
export function containedWith(text: string): { pid: number; command: string }[] {
  const listing = execFileSync('ps', ['axewww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
  return parsed(listing).filter(({ command }) => command.includes('TDD_MARK=') && command.includes(text))
}

function livingProcesses(): { pid: number; command: string }[] {
  return parsed(execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' }))
}

function parsed(listing: string): { pid: number; command: string }[] {
  return listing.split('\n').flatMap((line) => {
    const [, pid, state = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), command }]
  })
}
