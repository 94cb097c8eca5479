import { getSettings } from '../config/settings.ts'
import type { OPENABLE_ENDPOINTS } from '../config/settings-table.ts'
import type { AnonymousCaller, Caller } from '../core/caller.ts'
import type { Access } from '../http/endpoint.ts'
import { allowAnonymousIf } from './proof.ts'

export type OpenableEndpoint = (typeof OPENABLE_ENDPOINTS)[number]

/** Endpoints that need no credentials on a machine with fake providers, as in the servers that Latchkey replaces. */
export const OPEN_LOCALLY: readonly OpenableEndpoint[] = [
  'start',
  'onboarding-url',
  'onboarding-status',
  'auth',
  'webhook',
  'approve',
]

/** Whether OPEN_ENDPOINTS names an endpoint. Without that setting, a deployed stage opens none. */
export async function isOpen(endpoint: OpenableEndpoint): Promise<boolean> {
  const { OPEN_ENDPOINTS, STAGE } = await getSettings('OPEN_ENDPOINTS', 'STAGE')
  return (OPEN_ENDPOINTS ?? (STAGE === 'local' ? OPEN_LOCALLY : [])).includes(endpoint)
}

/** As `access`; at an open endpoint, a caller without credentials is anonymous. */
export const openable = <C extends Caller>(
  endpoint: OpenableEndpoint,
  access: Access<C>,
): Access<C | AnonymousCaller> => allowAnonymousIf(() => isOpen(endpoint), access)
