/** Something wrong in what a person handed in: where, what, and what would be right. */
export interface Problem {
  readonly path: ProblemPath
  readonly what: string
  /** What would be right; empty when `what` says it already. */
  readonly right: string
}

export type ProblemPath = readonly (string | number)[]

/** `tasks[3].dependsOn[0]`; keys that are not plain words are quoted. Empty for the document itself. */
export function showPath(path: ProblemPath): string {
  let shown = ''
  for (const part of path) {
    if (typeof part === 'number') shown += `[${part}]`
    else if (/^[A-Za-z_][\w-]*$/.test(part)) shown += shown === '' ? part : `.${part}`
    else shown += `[${JSON.stringify(part)}]`
  }
  return shown
}
