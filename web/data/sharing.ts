import { byId, createElement, setStatus } from '../parts/dom.ts'
import { formatSecond, zoneName } from '../parts/format.ts'
import { table, unbroken } from '../parts/tables.ts'
import { createShare, fetchShares, revokeShare, type Share, shareLink } from './share-link.ts'
import { showError, state } from './state.ts'

/** The part of the page that makes links to the view, lists them, and revokes them. */

const part = byId('sharing', HTMLDetailsElement)
const form = byId('share', HTMLFormElement)
const name = byId('share-name', HTMLInputElement)
const days = byId('share-days', HTMLSelectElement)
const withAll = byId('share-all', HTMLInputElement)
const button = byId('make-link', HTMLButtonElement)
const place = byId('share-status', HTMLElement)
const result = byId('new-share', HTMLElement)
const link = byId('share-link', HTMLElement)
const list = byId('shares', HTMLElement)

const DAY_SECONDS = 86_400
const NAME_CHARACTERS = 128

/** The share whose link is visible. */
let visibleShare = ''

/** Shows the part, or hides it where there is no token that may make links. Removes the link of another token. */
export function offerSharing(isPossible: boolean): void {
  part.hidden = !isPossible
  removeLink()
  setStatus(place, '')
  list.replaceChildren()
  if (isPossible && part.open) showShares()
}

function removeLink(): void {
  visibleShare = ''
  result.hidden = true
  link.textContent = ''
}

async function makeLink(): Promise<void> {
  const view = { ...state.view }
  const [first] = view.series
  if (!first || !state.loaded) return setStatus(place, 'Show a series first.', 'bad')
  const { participant_id } = first
  if (view.series.some((series) => series.participant_id !== participant_id)) {
    return setStatus(place, 'The series of a link belong to one participant, or to none. Compare fewer series.', 'bad')
  }
  removeLink()
  setStatus(place, 'Asking.')
  const series = [...new Set(view.series.map(({ source }) => source))]
  const { share_id, token, expires_at } = await createShare(
    {
      name: name.value.trim() || series.join(', ').slice(0, NAME_CHARACTERS),
      series,
      ...(!withAll.checked && { columns: view.columns }),
      ...(participant_id !== undefined && { participant_id }),
      expires_in: Number(days.value) * DAY_SECONDS,
    },
    state.access,
  )
  visibleShare = share_id
  link.textContent = shareLink(token, view)
  result.hidden = false
  setStatus(place, `Copy the link now: it is shown only once. It ends on ${endOf(expires_at)}.`, 'good')
  await showShares()
}

const endOf = (time: string): string => `${formatSecond(time, state.view.zone)} ${zoneName(state.view.zone)}`

async function showShares(): Promise<void> {
  const { access } = state
  try {
    const shares = await fetchShares(access)
    if (access !== state.access) return
    const names = ['Name', 'Series', 'Ends', 'Last use', 'Link']
    list.replaceChildren(
      shares.length === 0
        ? createElement('p', { className: 'hint' }, 'There are no links yet.')
        : table('Links', names, shares.toReversed().map(rowOf)),
    )
  } catch (error) {
    showError(place, error)
  }
}

function rowOf(share: Share): (Node | string)[] {
  const { series, participant_id, columns, expires_at, last_used_at } = share
  const revoke = createElement('button', { type: 'button', className: 'nowrap' }, 'Revoke')
  revoke.append(createElement('span', { className: 'unseen' }, ` ${share.name}`))
  revoke.addEventListener('click', () => run(revoke, () => endShare(share)))
  const owner = participant_id === undefined ? '' : ` of ${participant_id}`
  return [
    share.name,
    createElement('span', {}, `${series.join(', ')}${owner}`, ...(columns ? [listOf(columns)] : [])),
    unbroken(endOf(expires_at)),
    last_used_at === null ? 'never' : unbroken(formatSecond(last_used_at, state.view.zone)),
    revoke,
  ]
}

function listOf(columns: readonly string[]): HTMLElement {
  const count = columns.length === 1 ? '1 column' : `${columns.length} columns`
  const items = columns.map((column) => createElement('li', {}, column))
  return createElement('details', {}, createElement('summary', {}, count), createElement('ul', {}, ...items))
}

async function endShare({ share_id, name }: Share): Promise<void> {
  if (!confirm(`Revoke ${name}? Its link stops working.`)) return
  await revokeShare(share_id, state.access)
  if (share_id === visibleShare) removeLink()
  await showShares()
  setStatus(place, `${name} is revoked.`, 'good')
}

/** Runs a task of a button, which is disabled meanwhile. */
async function run(trigger: HTMLButtonElement, task: () => Promise<void>): Promise<void> {
  trigger.disabled = true
  await task().catch((error: unknown) => showError(place, error))
  trigger.disabled = false
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  run(button, makeLink)
})
part.addEventListener('toggle', () => {
  if (part.open) showShares()
})
