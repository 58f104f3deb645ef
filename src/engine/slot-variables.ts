import { portVariables } from '../runtime/port-leases.ts'
import type { Workshop } from './context.ts'

/** What a command learns of the slot that it runs in: its name, and the ports that are its alone. */
export async function slotVariables(
  { ports }: Pick<Workshop, 'ports'>,
  slot: string,
): Promise<Record<string, string>> {
  return { TDD_SLOT: slot, ...portVariables(await ports.of(slot)) }
}
