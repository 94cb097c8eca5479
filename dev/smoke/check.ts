import assert from 'node:assert/strict'
import * as z from 'zod'

/** What the checks run against. */
export interface Target {
  place: Place
  stage: string
  url: string
  adminToken: string
  /** An origin that CORS_ORIGINS allows. */
  origin: string
  /** A column that ACCEPT_COLUMNS allows. */
  column: string
}

/** The objects that the test makes. Checks that need one of them fail without it. */
export interface Made {
  clientId?: string
  token?: string
  submission?: { id: string; content: Buffer }
}

/** Where a check runs: not each exists in the emulator and in the local run. */
export type Place = 'aws' | 'emulator' | 'local'

export interface Check {
  title: string
  /** What an operator reads in docs/operations/first-deployment.md. */
  expected: string
  /** All by default. */
  places?: readonly Place[]
  /** Rejects with what was observed instead. */
  run(target: Target, made: Made): Promise<void>
}

/** Asserts a status, and a member of the JSON body. Errors do not quote the body, because it can contain a token. */
export async function expectJson<T>(response: Response, status: number, schema: z.ZodType<T>): Promise<T> {
  const { status: actual, headers } = response
  const json: unknown = await response.json().catch(() => null)
  const { data } = z.object({ code: z.string() }).safeParse(json)
  const code = data ? `, "code":"${data.code}"` : ` with ${headers.get('content-type') ?? 'no content type'}`
  assert.ok(actual === status, `status ${actual}${code}`)
  const body = schema.safeParse(json)
  assert.ok(body.success, `status ${actual} with another body`)
  return body.data
}

export const problem = (code: string) => z.object({ code: z.literal(code) })

export function required<T>(value: T | undefined, title: string): T {
  assert.ok(value !== undefined, `nothing, because the check “${title}” failed`)
  return value
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
