import { getSettings } from '../config/settings.ts'
import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { allowAnonymousIf, requireAnyOf } from './proof.ts'
import { saltedChecksum } from './salted-checksum.ts'

/** Whether anybody may read measurements, those of the shared client. */
export const isReadingOpen = async () => !(await getSettings('DOWNLOAD_REQUIRES_AUTH')).DOWNLOAD_REQUIRES_AUTH

/** Who may read measurements: the admin, a client with the scope, a holder of a salt; everybody where that is open. */
export const measurementReader = allowAnonymousIf(
  isReadingOpen,
  requireAnyOf(adminToken({ inQuery: false }), clientToken('download'), saltedChecksum(isReadingOpen)),
)
