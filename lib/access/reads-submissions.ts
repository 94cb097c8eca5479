import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { requireAnyOf } from './proof.ts'

/** Who may read and remove submissions. */
export const submissionReader = requireAnyOf(adminToken({ inQuery: false }), clientToken('download'))
