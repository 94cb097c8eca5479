import * as z from 'zod'

const authenticated = z.object({ token: z.string() })
const created = z.object({ sid: z.string() })

/** Plays one call against a Latchkey: a person calls another, who joins with the PIN. Writes a transcript. */
export async function playCall(
  latchkeyUrl: string,
  [callerEmail, contactEmail]: readonly [string, string],
  write: (line: string) => void,
): Promise<void> {
  const send = async <T>(
    who: string,
    path: string,
    schema: z.ZodType<T>,
    init: RequestInit = {},
  ): Promise<T | null> => {
    const response = await fetch(latchkeyUrl + path, init)
    const text = await response.text()
    write(`${who}: ${init.method ?? 'GET'} ${path}\n  ${response.status} ${text}\n`)
    return response.ok ? schema.parse(JSON.parse(text)) : null
  }
  const ann = await send('Ann', `/auth?email=${callerEmail}`, authenticated)
  const bob = await send('Bob', `/auth?email=${contactEmail}`, authenticated)
  if (!ann || !bob) return
  const call = await send('Ann', '/session', created, {
    method: 'POST',
    headers: { authorization: ann.token, 'content-type': 'application/json' },
    body: JSON.stringify({ contact_email: contactEmail }),
  })
  if (call) await send('Bob', `/session?sid=${call.sid}`, z.unknown(), { headers: { authorization: bob.token } })
}
