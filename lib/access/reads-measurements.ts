import { getSettings } from '../config/settings.ts'
import { adminToken } from './admin-token.ts'
import { clientToken } from './client-token.ts'
import { allowAnonymousIf, requireAnyOf } from './proof.ts'
import { saltedChecksum } from './salted-checksum.ts'
import { shareToken } from './share-token.ts'

/** Whether callers without credentials may read the measurements of the shared client. */
export const isReadingOpen = async () => !(await getSettings('DOWNLOAD_REQUIRES_AUTH')).DOWNLOAD_REQUIRES_AUTH

/**
 * The admin, clients with the scope `download` and devices with a salt may read measurements. A share token reads only what
 * it shows, which the endpoint ensures.
 */
export const measurementReader = allowAnonymousIf(
  isReadingOpen,
  requireAnyOf(shareToken, adminToken({ inQuery: false }), clientToken('download'), saltedChecksum(isReadingOpen)),
)
