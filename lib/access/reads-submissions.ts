import { adminToken } from './admin-token.ts'
import { type Access, proofOf } from './caller.ts'
import { clientToken } from './client-token.ts'

/** Who may read and remove submissions. */
export const readsSubmissions: Access = proofOf(adminToken({ inQuery: false }), clientToken('download'))
