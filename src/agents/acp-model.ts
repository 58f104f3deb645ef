import { type ClientContext, methods } from '@agentclientprotocol/sdk'
import { z } from 'zod'

const choice = z.object({ value: z.string() })
const optionShape = z.looseObject({
  id: z.string(),
  category: z.literal('model'),
  type: z.literal('select'),
  options: z.array(z.union([choice, z.object({ options: z.array(choice) })])),
})

/** Sets the model of a session that was just made; resolves with why that cannot be, else with null. */
export async function chooseModel(
  agent: ClientContext,
  session: { readonly sessionId: string; readonly configOptions?: readonly unknown[] | null | undefined },
  model: string | null,
): Promise<string | null> {
  if (model === null) return null
  const option = (session.configOptions ?? []).flatMap((each) => optionShape.safeParse(each).data ?? []).at(0)
  if (option === undefined) return `it lets nobody choose a model, and ${model} is configured`
  const values = option.options.flatMap((each) =>
    'value' in each ? [each.value] : each.options.map(({ value }) => value),
  )
  if (!values.includes(model)) return `it has no model ${model}; it offers ${listed(values)}`
  await agent.request(methods.agent.session.setConfigOption, {
    sessionId: session.sessionId,
    configId: option.id,
    value: model,
  })
  return null
}

const MOST_LISTED = 20

function listed(values: readonly string[]): string {
  if (values.length === 0) return 'none'
  return values.slice(0, MOST_LISTED).join(', ') + (values.length > MOST_LISTED ? ', …' : '')
}
