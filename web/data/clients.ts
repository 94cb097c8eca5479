import { type Client, fetchClients, isAdminToken, nameOf } from '../parts/clients.ts'
import { byId, createElement } from '../parts/dom.ts'

/** The client whose series the admin reads: a name of the list, or an id. */

const field = byId('client-id', HTMLInputElement)
const options = byId('clients', HTMLDataListElement)
const hint = byId('client-more', HTMLElement)

/** Lists the clients for the admin token. Returns the id that the field has or names; it may be empty. */
export async function chooseClient(token: string, signal: AbortSignal): Promise<string> {
  const { clients, hasMore } = isAdminToken(token) ? await fetchClients(token, signal) : { clients: [], hasMore: false }
  const labels = labelsOf(clients)
  options.replaceChildren(...Array.from(labels.values(), (value) => createElement('option', { value })))
  hint.textContent = hasMore ? 'Not all clients are listed. Enter the id of another one.' : ''
  const text = field.value.trim()
  const [id = text, label = text] = [...labels].find(([id, label]) => text === label || text === id) ?? []
  field.value = label
  return id
}

/** What the list shows, by id: the name, with the id if several clients have the same name. */
function labelsOf(clients: readonly Client[]): Map<string, string> {
  const byName = Map.groupBy(clients, nameOf)
  return new Map(
    clients.map((client) => {
      const name = nameOf(client)
      return [client.client_id, byName.get(name)?.length === 1 ? name : `${name} (${client.client_id})`]
    }),
  )
}
