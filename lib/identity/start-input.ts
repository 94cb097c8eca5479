import * as z from 'zod/mini'
import { isRedirectUrl } from '../core/redirect-url.ts'
import { maxString } from '../core/zod-helpers.ts'
import { boundedString, fromQueryAndJson } from '../http/input.ts'

const INVALID_REDIRECTION =
  'must be an absolute http(s) URL without user name, or one with an app’s scheme such as com.example.app:/, of at most 2048 characters'
const redirection = z.pipe(
  z.string().check(z.refine(isRedirectUrl, INVALID_REDIRECTION)),
  // Send the normal form, because parsers differ in how they read other forms.
  z.transform((text) => URL.parse(text)?.href ?? text),
)
const uniqueId = z.string().check(z.regex(/^[\w-]{1,64}$/, 'must be the uniqueId that /start returned'))

const parameters = z.strictObject({
  uniqueId: z.optional(uniqueId),
  /** Name of `uniqueId` in Incode's earlier sample pages. */
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
  z.transform(({ redirectUrl, redirectionUrl, uniqueId, uuid, ...others }, context) => {
    const addIssue = (field: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [field], message })
    if (redirectUrl !== undefined && redirectionUrl !== undefined && redirectUrl !== redirectionUrl) {
      addIssue('redirectUrl', 'and redirectionUrl are the same parameter: send one of them')
    }
    if (uniqueId !== undefined && uuid !== undefined && uniqueId !== uuid) {
      addIssue('uuid', 'and uniqueId are the same parameter: send one of them')
    }
    const redirection = redirectUrl ?? redirectionUrl
    const resumedId = uniqueId ?? uuid
    const options = { ...others, ...(redirection !== undefined && { redirectUrl: redirection }) }
    if (resumedId !== undefined) {
      for (const name of Object.keys(options)) addIssue(name, 'must not be sent with uniqueId: the session has started')
    }
    return { ...options, uniqueId: resumedId }
  }),
)

export type StartParameters = z.output<typeof startParameters>

/** Parameters of `/start` and `/onboarding-url`, in the query or in a JSON body. */
export const startInput = fromQueryAndJson(startParameters)
