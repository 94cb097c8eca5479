import { X509Certificate } from 'node:crypto'
import { getSettings } from '../config/settings.ts'
import { APPLE_ROOT } from './apple-root.ts'

/**
 * Returns the certificates that attest keys of Apple devices: Apple's and, on a developer's machine only, that of the
 * fake of `npm start`.
 */
export async function appleRoots(): Promise<X509Certificate[]> {
  const { STAGE } = await getSettings('STAGE')
  const fake = STAGE === 'local' ? process.env['FAKE_APPLE_ROOT'] : undefined
  return [APPLE_ROOT, ...(fake ? [fake] : [])].map((pem) => new X509Certificate(pem))
}
