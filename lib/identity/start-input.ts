import * as z from 'zod'
import { fromQueryAndJson } from '../http/input.ts'

/**
 * Where Incode may send a person at the end: http(s), or an app's own scheme, which has a dot in its name
 * (RFC 8252 section 7.1). Nothing that a browser would run.
 */
const redirection = z
  .string()
  .max(2_048, 'must have at most 2048 characters')
  .refine((text) => {
    const url = URL.parse(text)
    if (!url || !text.isWellFormed() || /[\s\p{Cc}]/u.test(text)) return false
    if (/^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol)) return true
    return /^https?:\/\/[^/\\]/i.test(text) && url.username === '' && url.password === ''
  }, 'must be an absolute http(s) URL without user name, or one with an app’s scheme such as com.example.app:/')

const parameters = z.strictObject({
  uniqueId: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be the uniqueId that /start has given')
    .optional(),
  redirectUrl: redirection.optional(),
  redirectionUrl: redirection.optional(),
  externalCustomerId: z
    .string()
    .min(1, 'must not be empty')
    .max(256, 'must have at most 256 characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed text')
    .optional(),
  language: z
    .string()
    .max(35, 'must have at most 35 characters')
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$/, 'must be a language tag such as en-US')
    .optional(),
  flowId: z.string().max(64, 'must have at most 64 characters').optional(),
})

const startParameters = parameters.transform(({ redirectUrl, redirectionUrl, uniqueId, ...wishes }, context) => {
  const fault = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
  if (redirectUrl !== undefined && redirectionUrl !== undefined && redirectUrl !== redirectionUrl) {
    fault('redirectUrl', 'and redirectionUrl are two names of one parameter: give one of them')
  }
  const redirection = redirectUrl ?? redirectionUrl
  const given = { ...wishes, ...(redirection !== undefined && { redirectUrl: redirection }) }
  if (uniqueId !== undefined) {
    for (const name of Object.keys(given)) fault(name, 'cannot be changed: the session of this uniqueId has begun')
  }
  return { ...given, uniqueId }
})

export type StartParameters = z.output<typeof startParameters>

/** Parameters of `/start` and `/onboarding-url`, in the query or in a JSON body. */
export const startInput = fromQueryAndJson(startParameters)
