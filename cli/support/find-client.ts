import { unknownClient } from '../commands/clients.ts'

/** Throws if no client has this id. The shared client needs no registration. Call `useTables` first. */
export async function requireClient(id: string): Promise<void> {
  const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  if (id !== SHARED_CLIENT && !(await findClient(id))) throw unknownClient()
}
