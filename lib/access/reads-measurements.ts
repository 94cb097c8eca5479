import { settings } from '../config.ts'
import { type Access, proofOf, unlessOpen } from './access.ts'
import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { saltedChecksum } from './salted-checksum.ts'

const open = async () => !(await settings('DOWNLOAD_REQUIRES_AUTH')).DOWNLOAD_REQUIRES_AUTH

/** Who may read measurements: the admin, a client with the scope, a holder of a salt; everybody where that is open. */
export const readsMeasurements: Access = unlessOpen(
  open,
  proofOf(adminToken({ inQuery: false }), clientToken('download'), saltedChecksum(open)),
)
