import * as z from 'zod'
import { PROBLEMS, type ProblemCode } from '../core/problem.ts'
import { INFLUX_CODES } from '../http/influx-error.ts'

const codes = Object.keys(PROBLEMS)
const rows = Object.entries(PROBLEMS).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)

const problemCode = z.enum(codes).meta({
  id: 'ProblemCode',
  description: `The error code, for programs. Codes never change.\n\n| code | status | title |\n|---|---|---|\n${rows.join('\n')}`,
})

const position = z.int().min(0).optional()

const issue = z
  .object({
    field: z.string().optional().describe('The parameter, header, field or column with the error.'),
    row: position.describe('Row of the table, starting at 1.'),
    line: position.describe('Line of the body, starting at 1.'),
    column: position.describe('Column of the line, starting at 1.'),
    byte: position.describe('Byte of the body, starting at 0.'),
    detail: z.string().describe('What is wrong.'),
  })
  .meta({ id: 'ProblemIssue', description: 'An error at one place of the request.' })

/** The output of `problemResponse` in lib/http/response.ts. */
const problem = z
  .object({
    type: z
      .string()
      .regex(/^urn:latchkey:problem:[a-z_]+$/)
      .describe('The code as a URI.'),
    title: z.string().describe('The meaning of the code, for people. The same for all problems with this code.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('What is wrong with this request, and how to fix it.'),
    code: problemCode,
    errors: z.array(issue).optional().describe('The errors by place.'),
    request_id: z.string().describe('Id of the request in the logs of the service. Quote it when you ask for help.'),
  })
  .meta({ id: 'Problem', description: 'Why a request failed (RFC 9457).' })

/** The output of `formatIncodeError` in lib/identity. */
const incodeProblem = problem
  .extend({
    success: z.literal(false),
    error: z.string().describe('The same as `detail`.'),
    verified: z.literal(false).optional().describe('Always false: the face login could not be verified.'),
    uniqueId: z.string().optional().describe('Id of the session that was started nevertheless; `/start` resumes it.'),
  })
  .meta({ id: 'IncodeProblem', description: "A problem with the members that Incode's sample pages read." })

/** The output of `formatOAuthError` in lib/oauth/error-response.ts. */
const oauthError = z
  .object({
    error: z.enum([
      'invalid_request',
      'invalid_client',
      'invalid_client_attestation',
      'use_fresh_attestation',
      'use_attestation_challenge',
      'invalid_grant',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_scope',
      'invalid_target',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'temporarily_unavailable',
      'server_error',
    ]),
    error_description: z.string().describe('What is wrong with this request, in ASCII.'),
  })
  .meta({ id: 'OAuthError', description: 'Why an OAuth request failed (RFC 6749, section 5.2; RFC 9449).' })

/** The output of `formatInfluxError` in lib/http/influx-error.ts. */
const influxError = z
  .object({
    code: z.enum([...INFLUX_CODES]).describe('The code of InfluxDB for the status.'),
    message: z.string().describe('What is wrong with this request, and how to fix it.'),
    line: z.int().min(1).optional().describe('Line of the body with the error, starting at 1.'),
  })
  .meta({ id: 'InfluxError', description: 'Why a write failed, as InfluxDB 2 describes it.' })

export const gatewayMessage = z
  .object({ message: z.string() })
  .meta({ id: 'GatewayMessage', description: 'The error response of API Gateway.' })

/** The schema of error responses like `body` with one status, which have one of these codes. */
export function errorSchema(body: object, status: number, codes: readonly ProblemCode[]): z.ZodType {
  if ('error_description' in body) return oauthError
  if ('message' in body) return influxError
  const values = z.object({ status: z.literal(status), code: z.enum([...codes]) })
  return z.intersection('success' in body ? incodeProblem : problem, values)
}
