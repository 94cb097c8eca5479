import { type CLOSABLE_ENDPOINTS, settings } from '../config/settings.ts'
import { type Access, unlessOpen } from './caller.ts'

export type Closable = (typeof CLOSABLE_ENDPOINTS)[number]

/** As the seeds have them: on a developer's own machine they need no credential. */
const OPEN_LOCALLY: readonly Closable[] = ['start', 'onboarding-url', 'auth', 'webhook', 'approve']

/** Whether OPEN_ENDPOINTS names an endpoint; where it is not set, a deployed stage opens none. */
export async function isOpen(endpoint: Closable): Promise<boolean> {
  const { OPEN_ENDPOINTS, STAGE } = await settings('OPEN_ENDPOINTS', 'STAGE')
  return (OPEN_ENDPOINTS ?? (STAGE === 'local' ? OPEN_LOCALLY : [])).includes(endpoint)
}

/** As `access`, unless the endpoint is open: then a caller without credentials is anonymous. */
export const closable = (endpoint: Closable, access: Access): Access => unlessOpen(() => isOpen(endpoint), access)
