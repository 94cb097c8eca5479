import { type Client, type ClientList, nameOf } from '../parts/clients.ts'
import { byId, createElement, setStatus } from '../parts/dom.ts'
import { formatSecond } from '../parts/format.ts'
import { table, unbroken } from '../parts/tables.ts'
import { currentToken } from './access.ts'
import { register, requestToken } from './requests.ts'
import { hint, message } from './text.ts'

/** The list of clients with a button for an auth token, and the form that registers one. */

const form = byId('register', HTMLFormElement)
const status = byId('register-status', HTMLElement)
const tokenStatus = byId('auth-token-status', HTMLElement)

export function showClients({ clients, hasMore }: ClientList): void {
  const row = (client: Client) => {
    const { client_id, kind, scope, dpop_bound, status, created_at } = client
    const button = createElement('button', { type: 'button', className: 'nowrap' }, 'Get a token')
    button.append(createElement('span', { className: 'unseen' }, ` of ${nameOf(client)}`))
    // This page has no key that a token could be bound to.
    button.disabled = kind !== 'public' || dpop_bound || status !== 'active'
    button.addEventListener('click', () => showToken(client))
    return [
      nameOf(client),
      createElement('code', { className: 'nowrap' }, client_id),
      dpop_bound ? `${kind}, DPoP` : kind,
      scope.join(' '),
      status,
      unbroken(formatSecond(created_at)),
      button,
    ]
  }
  const names = ['Name', 'Client id', 'Kind', 'Scope', 'Status', 'Registered (UTC)', 'Auth token']
  byId('clients', HTMLElement).replaceChildren(
    table('Clients', names, clients.map(row)),
    ...(hasMore ? [hint('Not all clients are listed: npx latchkey clients list shows all.')] : []),
  )
}

async function showToken(client: Client): Promise<void> {
  const place = byId('auth-token-result', HTMLElement)
  try {
    byId('auth-token', HTMLElement).textContent = await requestToken(client.client_id)
    place.hidden = false
    setStatus(tokenStatus, `An auth token of ${nameOf(client)}. Copy it now: this page forgets it.`, 'good')
  } catch (error) {
    place.hidden = true
    setStatus(tokenStatus, message(error), 'bad')
  }
}

/** Removes the tokens and secrets that the page shows. */
export function hideSecrets(): void {
  for (const [place, text] of [
    ['auth-token-result', 'auth-token'],
    ['registered', 'credentials'],
  ] as const) {
    byId(place, HTMLElement).hidden = true
    byId(text, HTMLElement).textContent = ''
  }
  setStatus(tokenStatus, '')
}

/** Registers the app of the form. Calls `onRegistered` with its id. */
export function listenToForm(onRegistered: (clientId: string) => void): void {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const scopes = Array.from(form.querySelectorAll<HTMLInputElement>('[name=scope]:checked'), ({ value }) => value)
    if (scopes.length === 0) return setStatus(status, 'Choose at least one scope.', 'bad')
    setStatus(status, 'Registering.')
    try {
      const { client_id, client_secret } = await register(currentToken(), {
        name: byId('name', HTMLInputElement).value,
        callback_url: byId('callback', HTMLInputElement).value,
        kind: byId('kind', HTMLSelectElement).value,
        scope: scopes.join(' '),
        ...(byId('dpop-bound', HTMLInputElement).checked && { dpop_bound: true }),
      })
      const secret = client_secret === undefined ? '' : `\nclient_secret: ${client_secret}`
      byId('credentials', HTMLElement).textContent = `client_id: ${client_id}${secret}`
      byId('registered', HTMLElement).hidden = false
      const once = client_secret === undefined ? '' : ' Copy the secret now: it is shown only once.'
      setStatus(status, `The app is registered.${once}`, 'good')
      onRegistered(client_id)
    } catch (error) {
      setStatus(status, message(error), 'bad')
    }
  })
}
