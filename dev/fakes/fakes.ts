import { startFakeIncode } from './incode.ts'
import { walkThroughServer } from './incode-walk-through.ts'

export interface Fakes {
  /** Settings that lead to the fakes, of those providers that have none of their own. */
  settings: Record<string, string>
  /** What a person may paste to see a provider at work. */
  walkThroughs: { title: string; command: string }[]
}

/** Stands in for every provider that `set` has no address and no key of. */
export async function startFakes(set: NodeJS.ProcessEnv, latchkey: string): Promise<Fakes> {
  if (set['INCODE_API_URL'] || set['INCODE_API_KEY']) return { settings: {}, walkThroughs: [] }
  const incode = await startFakeIncode()
  const walk = walkThroughServer(latchkey, incode, set['INCODE_WEBHOOK_HEADER'])
  await new Promise<void>((resolve) => walk.listen(0, '127.0.0.1', resolve))
  const address = walk.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const title = 'An identity session from start to approval, with a fake Incode'
  return { settings: incode.settings, walkThroughs: [{ title, command: `curl -s http://localhost:${port}/` }] }
}
