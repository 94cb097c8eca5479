import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { requireAnyOf } from './proof.ts'

/** The admin and clients with the scope `download` may share what they may read. A share token makes no shares. */
export const shareManager = requireAnyOf(adminToken({ inQuery: false }), clientToken('download'))
