import './parts/no-eval.ts'
import * as z from 'zod/mini'
import { byId, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'

/** The page at /: version, stage and health. */

const identity = z.object({ version: z.string(), stage: z.string() })
const health = z.object({ status: z.enum(['ok', 'degraded']), unreachable: z.array(z.string()) })

async function showIdentity(): Promise<void> {
  byId('address', HTMLElement).textContent = ROOT.href
  const response = await fetch(ROOT, { headers: { accept: 'application/json' } })
  const { version, stage } = identity.parse(await response.json())
  byId('version', HTMLElement).textContent = version
  byId('stage', HTMLElement).textContent = stage
}

async function showHealth(): Promise<void> {
  const place = byId('health', HTMLElement)
  try {
    // A 503 response has the same body.
    const response = await fetch(new URL('health', ROOT))
    const { status, unreachable } = health.parse(await response.json())
    if (status === 'ok') setStatus(place, 'ok: all tables respond', 'good')
    else setStatus(place, `degraded: no response from ${unreachable.join(', ')}`, 'bad')
  } catch {
    setStatus(place, 'unknown: no response', 'bad')
  }
}

showHealth()
showIdentity().catch(() => undefined)
