import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { requireAnyOf } from './proof.ts'

/** The admin and clients with the scope `download` may read submissions. */
export const submissionReader = requireAnyOf(adminToken({ inQuery: false }), clientToken('download'))

/** The admin and clients with the scope `delete` may delete submissions. */
export const submissionDeleter = requireAnyOf(adminToken({ inQuery: false }), clientToken('delete'))
