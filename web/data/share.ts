import { byId } from '../parts/dom.ts'
import { readShare } from './share-link.ts'

/** Removes the fields for a token: a share needs no other one. Another link in the same tab reloads the page. */
export function showAsShare(): void {
  for (const field of byId('access', HTMLFormElement).querySelectorAll('.field, .submit')) field.remove()
  addEventListener('hashchange', () => {
    if (readShare(location.hash) !== null) location.reload()
  })
}
