import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { requireAnyOf } from './proof.ts'

/** The admin and clients with the scope `download` may read and delete submissions. */
export const submissionReader = requireAnyOf(adminToken({ inQuery: false }), clientToken('download'))
