import type { AdminCaller, ClientCaller } from '../core/caller.ts'
import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { requireAnyOf } from './proof.ts'

/** The admin and clients with the scope `events` may read the events of all providers, and have them sent again. */
export const eventReader = requireAnyOf(adminToken({ inQuery: false }), clientToken('events'))

/** Who reads events, for the log. */
export const readerName = (caller: AdminCaller | ClientCaller): string =>
  caller.kind === 'admin' ? 'admin' : caller.clientId
