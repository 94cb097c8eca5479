import * as z from 'zod'
import type { Latchkey } from './latchkey.ts'
import { fieldsOf } from './responses.ts'

const call = z.object({
  sid: z.string(),
  session_id: z.tuple([z.uuid()]),
  session_token: z.string(),
  user_token: z.string(),
  url: z.string(),
  ws_url: z.string(),
})

/** A user who has completed /auth. */
export interface Person {
  email: string
  token: string
}

export async function person(latchkey: Latchkey, email: string): Promise<Person> {
  const user = latchkey.helpLightning.users.find((each) => each.email === email)
  if (!user) await latchkey.helpLightning.addUser(email)
  const answer = await latchkey.call(`/auth?${new URLSearchParams({ email })}`)
  return { email, token: String((await fieldsOf(answer))['token']) }
}

export const create = (latchkey: Latchkey, { token }: Person, contact: Pick<Person, 'email'>, headers = {}) =>
  latchkey.call('/session', {
    method: 'POST',
    headers: { authorization: token, 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify({ contact_email: contact.email }),
  })

export const join = (latchkey: Latchkey, { token }: Pick<Person, 'token'>, sid: string) =>
  latchkey.call(`/session?sid=${sid}`, { headers: { authorization: token } })

export async function callOf(answer: Response): Promise<z.output<typeof call>> {
  if (answer.status !== 200) throw new Error(`no call: ${answer.status} ${await answer.text()}`)
  return call.parse(await answer.json())
}
