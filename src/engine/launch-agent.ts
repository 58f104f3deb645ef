import type { AgentCommand } from '../agents/agent.ts'
import type { AgentTree } from '../git/trees.ts'
import { commandEnvironment } from '../runtime/command-environment.ts'
import type { ExecResult } from '../runtime/exec.ts'
import type { RunContext } from './context.ts'
import { slotVariables } from './slot-variables.ts'
import type { RunningStage } from './stage-call.ts'

/** Starts a program of an agent: contained in its tree, under the limits of its attempt. No process of it is left afterwards. */
export async function launchAgent(
  context: RunContext,
  { tally, meter }: RunningStage,
  start: { readonly command: AgentCommand; readonly tree: AgentTree; readonly abort: AbortSignal },
): Promise<ExecResult> {
  const { command, tree, abort } = start
  return context.exec.contained(
    {
      argv: command.argv,
      cwd: tree.directory,
      env: commandEnvironment({
        base: context.environment,
        home: tree.home,
        temp: tree.temp,
        tdd: { TDD_RUN: context.run, ...(await slotVariables(context, tree.slot)), ...command.env },
        extra: {},
      }),
      ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
      ...(command.onStdout === undefined ? {} : { onStdout: command.onStdout }),
      onSample: (sample) => tally.hear(sample),
      writable: [tree.directory, tree.home, tree.temp],
      readOnly: [],
      hidden: context.hidden,
      visible: context.visible,
      limits: {
        // What it has worked before it waited for its provider counts as well.
        wallMs: Math.max(
          1,
          Math.min(command.wallMs ?? Infinity, context.limits.stageMs) - meter.totals().agentMs,
        ),
        stallMs: context.limits.stallMs,
        outputBytes: AGENT_OUTPUT_BYTES,
        memoryBytes: context.settings.memoryBytes,
        processes: context.settings.processes,
        diskBytes: context.settings.diskBytes,
      },
    },
    abort,
  )
}

const AGENT_OUTPUT_BYTES = 16 * 1024 * 1024
