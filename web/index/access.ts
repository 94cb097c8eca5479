import { type Client, isAdminToken, nameOf } from '../parts/clients.ts'
import { byId, createElement } from '../parts/dom.ts'
import { requestToken } from './requests.ts'

/** The credentials of the page: a token, and the client that the admin has chosen. They are only in memory. */

const choice = byId('client', HTMLSelectElement)

let token = ''
/** Auth tokens of public clients, by client. */
const authTokens = new Map<string, string>()

export const currentToken = (): string => token
export const isAdmin = (): boolean => isAdminToken(token)
/** The client that the admin has chosen; empty for the client of an auth token. */
export const chosenClient = (): string => (isAdmin() ? choice.value : '')

/** Sets the token, and forgets those of another one. */
export function useToken(text: string): void {
  token = text
  authTokens.clear()
}

/** Lists the clients for the admin; selects `wanted`, or the one that was registered last. */
export function offerClients(clients: readonly Client[], wanted: string): void {
  choice.disabled = clients.length === 0
  choice.replaceChildren(
    ...clients.map((client) => createElement('option', { value: client.client_id }, nameOf(client))),
  )
  const [newest] = clients.toSorted((one, other) => other.created_at.localeCompare(one.created_at))
  const chosen = clients.find(({ client_id }) => client_id === wanted) ?? newest
  if (chosen) choice.value = chosen.client_id
}

/** No client can be chosen: an auth token has one. */
export function offerNoClient(): void {
  choice.disabled = true
  choice.replaceChildren(createElement('option', { value: '' }, 'that of the token'))
}

/** A token that may upload. The admin gets one of the chosen client. Throws an error for people. */
export async function uploadToken(): Promise<string> {
  if (!isAdmin()) return token
  const client = chosenClient()
  if (client === '') throw new Error('Register an app first: its client owns the rows.')
  const authToken = authTokens.get(client) ?? (await requestToken(client))
  authTokens.set(client, authToken)
  return authToken
}
