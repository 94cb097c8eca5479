import { unknownClient } from '../commands/clients.ts'

/** Refuses an id that no client has; the shared client needs no registration. To be asked once the tables are known. */
export async function requireClient(id: string): Promise<void> {
  const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  if (id !== SHARED_CLIENT && !(await findClient(id))) throw unknownClient()
}
