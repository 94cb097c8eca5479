import { byId } from '../parts/dom.ts'
import { readShare } from './share-link.ts'

/** Removes the form for a token: a share needs no other one. Another link in the same tab reloads the page. */
export function showAsShare(): void {
  byId('access-part', HTMLDetailsElement).remove()
  addEventListener('hashchange', () => {
    if (readShare(location.hash) !== null) location.reload()
  })
}
