/** The only list of stages. */
export const STAGES = ['red', 'red_fix', 'green', 'verify', 'fix', 're_verify', 'refactor'] as const
export type Stage = (typeof STAGES)[number]

/** Stages in which an agent works; the others are decided by commands alone. */
export const AGENT_STAGES = ['red', 'red_fix', 'green', 'fix', 'refactor'] as const satisfies readonly Stage[]
export type AgentStage = (typeof AGENT_STAGES)[number]

export function isAgentStage(stage: Stage): stage is AgentStage {
  return (AGENT_STAGES as readonly Stage[]).includes(stage)
}
