import { randomUUID } from 'node:crypto'
import type { WebhookProvider } from '../../lib/config/webhook-schemas.ts'

export interface Sample {
  body: Uint8Array
  /** The headers in which the provider sends the id, the type and the time of the event. */
  headers: Record<string, string>
}

type Tree = Record<string, unknown>

/**
 * A delivery that fits the entry of a provider: a new id, the type and the time (`now`, UNIX milliseconds) are where the
 * entry says. A given body stays as it is.
 */
export function makeSample(
  { id = '/id', type: typePlace, time }: Pick<WebhookProvider, 'id' | 'type' | 'time'>,
  type: string,
  now: number,
  given?: Uint8Array,
): Sample {
  const body: Tree = {}
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  const put = (place: string | undefined, value: string | number) => {
    if (place?.startsWith('/')) putAt(body, place, value)
    else if (place !== undefined) headers[place] = String(value)
  }
  put(id, `sample_${randomUUID().replaceAll('-', '')}`)
  put(typePlace, type)
  put(time, Math.floor(now / 1_000))
  return { body: given ?? Buffer.from(JSON.stringify(body)), headers }
}

/** Sets a value at a JSON pointer (RFC 6901). Below a value that is not an object, there is no room for it. */
function putAt(body: Tree, pointer: string, value: string | number): void {
  const names = pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = names.pop() ?? ''
  let tree = body
  for (const name of names) {
    const next = Object.hasOwn(tree, name) ? tree[name] : {}
    if (!isTree(next)) return
    tree[name] = next
    tree = next
  }
  tree[last] = value
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null
