import { createElement } from '../parts/dom.ts'
import type { Operation, SecurityScheme } from './request.ts'

type Schemes = Readonly<Record<string, SecurityScheme>>

/** Schemes whose values depend on the body. */
const COMPUTED = new Set(['saltedChecksum', 'helpLightningSignature'])

/**
 * Fields for the credentials that an operation accepts. Those of all operations share their values. `apply` gets the
 * scheme and the text of a field that changes.
 */
export function credentialFields(
  { security = [] }: Operation,
  schemes: Schemes,
  apply: (scheme: string, text: string) => void,
): HTMLElement | null {
  const ids = [...new Set(security.flatMap((alternative) => Object.keys(alternative)))]
  if (ids.length === 0) return null
  const fields = ids.map((id) =>
    COMPUTED.has(id)
      ? createElement('p', {}, `${labelOf(id)}: a header that your program computes for each request`)
      : field(id, schemes[id], apply),
  )
  const legend = createElement('legend', {}, fields.length === 1 ? 'Credential' : 'Credentials: one of these')
  return createElement('fieldset', { className: 'credentials' }, legend, ...fields)
}

function field(id: string, scheme: SecurityScheme | undefined, apply: (scheme: string, text: string) => void) {
  const input = createElement('input', { type: 'password', autocomplete: 'off', spellcheck: false })
  input.dataset['scheme'] = id
  input.addEventListener('input', () => {
    for (const other of document.querySelectorAll<HTMLInputElement>(`input[data-scheme="${id}"]`))
      other.value = input.value
    apply(id, input.value)
  })
  return createElement('label', {}, labelOf(id, scheme), input)
}

/** `authToken` becomes "Auth token". */
function labelOf(id: string, scheme?: SecurityScheme): string {
  const words = id.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const label = words.charAt(0).toUpperCase() + words.slice(1)
  return scheme?.scheme === 'basic' ? `${label}, as id:secret` : label
}
