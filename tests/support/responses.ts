import * as z from 'zod'

export type Body = NonNullable<RequestInit['body']>

const fault = z.looseObject({ field: z.string().optional(), detail: z.string() })
const problem = z.looseObject({
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(fault).default([]),
})
const fields = z.record(z.string(), z.unknown())

/** A response that must be problem details. */
export const problemOf = async (answer: Response) => problem.parse(await answer.json())

/** The names of the invalid fields in an error response. */
export const faultyFields = async (answer: Response) => (await problemOf(answer)).errors.map(({ field }) => field)

/** A response that must be a JSON object. */
export const fieldsOf = async (answer: Response) => fields.parse(await answer.json())

/** A response that must be a list of rows. */
export const rowsOf = async (answer: Response) => z.array(fields).parse(await answer.json())

/** The target of the Link header. */
export const nextOf = (answer: Response): string | undefined =>
  /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]

/** Follows Link headers from a path and returns the rows of every page. */
export async function everyRow(get: (path: string) => Promise<Response>, path: string, between = async () => {}) {
  const rows: Record<string, unknown>[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: Response = await get(next)
    if (!answer.ok) throw new Error(`${next} answered ${answer.status}: ${await answer.text()}`)
    rows.push(...(await rowsOf(answer)))
    next = nextOf(answer)
    await between()
  }
  return rows
}
