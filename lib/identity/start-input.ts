import * as z from 'zod/mini'
import { isRedirectUrl } from '../core/redirect-url.ts'
import { maxString } from '../core/zod-helpers.ts'
import { boundedString, fromQueryAndJson } from '../http/input.ts'

const NO_REDIRECTION =
  'must be an absolute http(s) URL without user name, or one with an app’s scheme such as com.example.app:/, of at most 2048 characters'
const redirection = z.pipe(
  z.string().check(z.refine(isRedirectUrl, NO_REDIRECTION)),
  // What was checked is what is sent on: parsers differ over what is not in normal form.
  z.transform((text) => URL.parse(text)?.href ?? text),
)
const uniqueId = z.string().check(z.regex(/^[\w-]{1,64}$/, 'must be the uniqueId that /start has given'))

const parameters = z.strictObject({
  uniqueId: z.optional(uniqueId),
  /** What Incode's earlier sample pages call it. */
  uuid: z.optional(uniqueId),
  redirectUrl: z.optional(redirection),
  redirectionUrl: z.optional(redirection),
  externalCustomerId: z.optional(boundedString(256)),
  language: z.optional(
    maxString(35).check(z.regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$/, 'must be a language tag such as en-US')),
  ),
  flowId: z.optional(maxString(64)),
})

const startParameters = z.pipe(
  parameters,
  z.transform(({ redirectUrl, redirectionUrl, uniqueId, uuid, ...wishes }, context) => {
    const fault = (field: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [field], message })
    if (redirectUrl !== undefined && redirectionUrl !== undefined && redirectUrl !== redirectionUrl) {
      fault('redirectUrl', 'and redirectionUrl are two names of one parameter: give one of them')
    }
    if (uniqueId !== undefined && uuid !== undefined && uniqueId !== uuid) {
      fault('uuid', 'and uniqueId are two names of one parameter: give one of them')
    }
    const redirection = redirectUrl ?? redirectionUrl
    const resumed = uniqueId ?? uuid
    const given = { ...wishes, ...(redirection !== undefined && { redirectUrl: redirection }) }
    if (resumed !== undefined) {
      for (const name of Object.keys(given)) fault(name, 'cannot be changed: the session of this uniqueId has begun')
    }
    return { ...given, uniqueId: resumed }
  }),
)

export type StartParameters = z.output<typeof startParameters>

/** Parameters of `/start` and `/onboarding-url`, in the query or in a JSON body. */
export const startInput = fromQueryAndJson(startParameters)
