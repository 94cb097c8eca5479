import { numericString } from './zod-helpers.ts'

/** The parameter `expires` of a signed request. UNIX milliseconds have more digits. */
export const expirySchema = numericString(/^\d{1,10}$/, 'must be UNIX seconds')
