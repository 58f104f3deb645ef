/**
 * The catalogue of everything that can go wrong in words: one class, stable codes, an exit code per code.
 * `docs/errors.md` is generated from it and a test holds the two equal.
 */
export const ERROR_CATALOGUE = {
  usage: { exit: 2, summary: 'The command line is not one the program understands.' },
  config_invalid: {
    exit: 2,
    summary: 'A configuration value is unknown, of the wrong type or out of range.',
  },
  config_unreadable: { exit: 2, summary: 'The configuration file exists and cannot be read.' },
  prompt_invalid: { exit: 2, summary: 'A prompt of your own cannot be filled in.' },
  plan_invalid: { exit: 2, summary: 'The plan file does not follow the contract.' },
  plan_unreadable: { exit: 2, summary: 'The plan file cannot be read.' },
  commands_unconfirmed: { exit: 2, summary: 'The plan brings commands that nobody confirmed.' },
  session_invalid: {
    exit: 2,
    summary: 'The session file of the scripted agent does not follow the contract.',
  },
  node_too_old: { exit: 2, summary: 'The program runs on Node 24 or newer.' },
  git_missing: { exit: 2, summary: 'git is not installed or older than 2.38.' },
  repository_missing: { exit: 2, summary: 'There is no git repository here.' },
  repository_unsupported: {
    exit: 2,
    summary: 'The repository is bare, has no commit, or is otherwise not usable.',
  },
  repository_other: { exit: 2, summary: 'The store has the work of another repository.' },
  target_checked_out: { exit: 2, summary: 'The target branch is checked out in a worktree.' },
  target_blocked: { exit: 2, summary: 'A branch stands where the target branch has to be made.' },
  target_missing: { exit: 2, summary: 'The target branch does not exist.' },
  revision_unknown: { exit: 2, summary: 'A revision does not name a commit of the repository.' },
  agent_missing: { exit: 2, summary: 'The chosen agent, or what its driver needs, is not installed.' },
  agent_credentials: { exit: 2, summary: 'The chosen agent has no key or login to work with.' },
  agent_too_old: { exit: 2, summary: 'The chosen agent, or what its driver needs, is too old for it.' },
  agent_unknown: { exit: 2, summary: 'No agent driver has that name.' },
  suite_unknown: { exit: 2, summary: 'No suite has that name, or none was found.' },
  toolchain_missing: { exit: 2, summary: 'A command that the repository needs is not installed.' },
  nothing_to_run: { exit: 2, summary: 'There is no plan and no unfinished run.' },
  nothing_to_check: { exit: 2, summary: 'Nothing was found that could be checked.' },
  evidence_missing: { exit: 2, summary: 'The evidence notes are not in this clone.' },
  evidence_untrusted: {
    exit: 2,
    summary: 'The evidence names commands that the local configuration does not have.',
  },
  permission_missing: { exit: 2, summary: 'An assistant asks for a change without the token of a person.' },
  run_unknown: { exit: 2, summary: 'No run has that id.' },
  run_state: { exit: 2, summary: 'The run is in a state that does not allow this.' },
  task_unknown: { exit: 2, summary: 'No task has that key.' },
  task_state: { exit: 2, summary: 'The task is in a state that does not allow this.' },
  directory_unusable: {
    exit: 2,
    summary: 'A directory for the work of a person, or for temporary files, cannot be made or read.',
  },
  test_unknown: { exit: 2, summary: 'No quarantined test has that name.' },
  circuit_unknown: { exit: 2, summary: 'No circuit of the run has that name.' },
  address_unusable: { exit: 2, summary: 'The address cannot be listened on.' },
  state_unusable: { exit: 2, summary: 'The place of the state cannot be made, read or written.' },
  too_few_files: { exit: 2, summary: 'The program may have fewer files open than so many workers need.' },
  place_in_use: { exit: 2, summary: 'Another process works in the place of the state, with another store.' },
  store_owned: { exit: 2, summary: 'Another process owns the store.' },
  store_newer: { exit: 2, summary: 'The store was written by a newer version of the program.' },
  store_corrupt: { exit: 70, summary: 'The store is damaged.' },
  store_unavailable: { exit: 70, summary: 'The store cannot be opened or written.' },
  signing_failed: { exit: 2, summary: 'A commit cannot be signed as git is configured.' },
  git_failed: { exit: 70, summary: 'A git command failed that should not.' },
  slot_failed: {
    exit: 70,
    summary: 'A directory in which agents or proofs work cannot be prepared or read.',
  },
  setup_failed: { exit: 2, summary: 'The setup commands of a suite failed.' },
  output_failed: { exit: 70, summary: 'What a command prints cannot be written where it goes.' },
  interrupted: { exit: 130, summary: 'A person interrupted the program.' },
  internal: { exit: 70, summary: 'A fault of the program itself.' },
} as const satisfies Record<string, { exit: number; summary: string }>

export type ErrorCode = keyof typeof ERROR_CATALOGUE

/** An error with a stable code, what happened and where (message), and what to do next (hint). */
export class OrchestratorError extends Error {
  readonly code: ErrorCode
  readonly hint: string | null

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'OrchestratorError'
    this.code = code
    this.hint = options.hint ?? null
  }

  get exitCode(): number {
    return ERROR_CATALOGUE[this.code].exit
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
