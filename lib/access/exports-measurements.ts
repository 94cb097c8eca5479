import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { requireAnyOf } from './proof.ts'

/** The admin and clients with the scope `download` may export what they may read. A share token makes no exports. */
export const measurementExporter = requireAnyOf(adminToken({ inQuery: false }), clientToken('download'))
