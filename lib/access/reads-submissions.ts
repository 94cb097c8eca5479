import { adminToken } from './admin-token.ts'
import { type Access, requireAnyOf } from './caller.ts'
import { clientToken } from './client-token.ts'

/** Who may read and remove submissions. */
export const submissionReader: Access = requireAnyOf(adminToken({ inQuery: false }), clientToken('download'))
