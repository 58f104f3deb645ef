/** The agent of a run, as a person chose it on the command line. */
export interface AgentChoice {
  /** Driver name; null for the configured one. */
  readonly name: string | null
  /** Session file of the scripted agent. */
  readonly sessionFile: string | null
  readonly withoutSleep: boolean
}

/** What is asked now goes before what the run was started with. */
export function agentChoice(asked: AgentChoice, before: AgentChoice | null): AgentChoice {
  return {
    name: asked.name ?? before?.name ?? null,
    sessionFile: asked.sessionFile ?? before?.sessionFile ?? null,
    // How a session is played belongs to it: for another one it is asked anew.
    withoutSleep: asked.withoutSleep || (asked.sessionFile === null && before?.withoutSleep === true),
  }
}
