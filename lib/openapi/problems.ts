import * as z from 'zod'
import { PROBLEMS } from '../core/problem.ts'

const codes = Object.keys(PROBLEMS)
const rows = Object.entries(PROBLEMS).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)

const problemCode = z.enum(codes).meta({
  id: 'ProblemCode',
  description: `What went wrong, for programs. Codes stay as they are.\n\n| code | status | title |\n|---|---|---|\n${rows.join('\n')}`,
})

const place = z.int().min(0).optional()

const fault = z
  .object({
    field: z.string().optional().describe('The parameter, header, field or column at fault.'),
    row: place.describe('Row of the table, from 1.'),
    line: place.describe('Line of the body, from 1.'),
    column: place.describe('Column of the line, from 1.'),
    byte: place.describe('Byte of the body, from 0.'),
    detail: z.string().describe('What is wrong there.'),
  })
  .meta({ id: 'Fault', description: 'A place at fault in what was sent.' })

/** As `problemResponse` of lib/http/response.ts makes it. */
export const problem = z
  .object({
    type: z
      .string()
      .regex(/^urn:latchkey:problem:[a-z_]+$/)
      .describe('The code as a URI.'),
    title: z.string().describe('What the code means, for people. The same for every problem of a code.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('What is the matter this time, and what may be done about it.'),
    code: problemCode,
    errors: z.array(fault).optional().describe('The places at fault.'),
    request_id: z.string().describe('Names the request in the logs of the service: quote it when you ask for help.'),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' })

/** As `formatIncodeError` of lib/identity/refusal.ts makes it. */
export const incodeProblem = problem
  .extend({
    success: z.literal(false),
    error: z.string().describe('The same as `detail`.'),
    verified: z.literal(false).optional().describe('Of a face login that could not be verified.'),
    uniqueId: z.string().optional().describe('Of a session that has begun nevertheless: `/start` resumes it by this.'),
  })
  .meta({ id: 'IncodeProblem', description: "A problem with the members that Incode's sample pages read." })

/** As `formatOAuthError` of lib/oauth/error-response.ts makes it. */
export const oauthError = z
  .object({
    error: z.enum([
      'invalid_request',
      'invalid_client',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_scope',
      'temporarily_unavailable',
      'server_error',
    ]),
    error_description: z.string().describe('What is the matter this time, in ASCII.'),
  })
  .meta({ id: 'OAuthError', description: 'Why a request of OAuth was refused (RFC 6749, section 5.2).' })

export const gatewayMessage = z
  .object({ message: z.string() })
  .meta({ id: 'GatewayMessage', description: 'What API Gateway says when no function could answer.' })
