import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer } from 'node:http'
import { vi } from 'vitest'
import * as z from 'zod'
import type { CommandIo } from '../../cli/support/io.ts'
import { listenLocally } from '../../dev/free-port.ts'
import { SETTING_NAMES } from '../../lib/config/settings-table.ts'
import { testIo } from './cli-io.ts'

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

const STAGE_SETTINGS: ReadonlySet<string> = new Set(SETTING_NAMES)
const isOfStage = (name: string): boolean =>
  STAGE_SETTINGS.has(name) || /^(?:AWS|LATCHKEY|PARAMETER|WEBHOOK)_/.test(name)

/** The environment of the current command. Functions that run at the same time have the environment of the process. */
const current = new AsyncLocalStorage<NodeJS.ProcessEnv>()
const handler: ProxyHandler<NodeJS.ProcessEnv> = {
  get: (target, name) => Reflect.get(current.getStore() ?? target, name),
  set: (target, name, value) => Reflect.set(current.getStore() ?? target, name, value),
  has: (target, name) => Reflect.has(current.getStore() ?? target, name),
  deleteProperty: (target, name) => Reflect.deleteProperty(current.getStore() ?? target, name),
  ownKeys: (target) => Reflect.ownKeys(current.getStore() ?? target),
  getOwnPropertyDescriptor: (target, name) => Reflect.getOwnPropertyDescriptor(current.getStore() ?? target, name),
}

/** The number of concurrent commands: they share the state of modules. */
let running = 0
const outside = process.env

/**
 * Runs a command in this process. It reads only the settings of `environment`, and its modules have no state, as in a
 * separate process. `answers` are typed at a terminal. Members of `io` replace those of the test.
 */
export async function latchkeyCommand(
  environment: Record<string, string>,
  args: readonly string[],
  answers?: readonly string[],
  io: Partial<CommandIo> = {},
): Promise<Ran> {
  if (running === 0) {
    process.env = new Proxy(outside, handler)
    vi.resetModules()
  }
  running += 1
  try {
    const { text, ...streams } = testIo(answers)
    const others = Object.entries(outside).filter(([name]) => !isOfStage(name))
    const code = await current.run({ ...Object.fromEntries(others), ...environment }, async () => {
      const { main } = await import('../../cli/main.ts')
      return main(args, { ...streams, ...io })
    })
    return { code, ...text }
  } finally {
    running -= 1
    if (running === 0) {
      process.env = outside
      vi.resetModules()
    }
  }
}

interface Kept {
  value: string
  type: string
  version: number
  /** UNIX seconds. */
  modified?: number
}

const get = z.object({ Names: z.array(z.string()).max(10), WithDecryption: z.boolean() })
const put = z.object({
  Name: z.string(),
  Value: z.string(),
  Type: z.enum(['String', 'SecureString']),
  Overwrite: z.boolean(),
  Tier: z.string().optional(),
})

/** SSM Parameter Store with the operations that the command line and the functions use. */
export async function startFakeSsm() {
  const parameters = new Map<string, Kept>()
  const puts: { name: string; overwrite: boolean; tier: string | undefined }[] = []
  const ssm = {
    parameters,
    puts,
    value: (name: string) => parameters.get(name)?.value ?? '',
    /** Selects the writes that fail, and their error. */
    refuse: (_name: string): string | undefined => undefined,
    endpoint: '',
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }

  function answer(action: string, body: unknown): { status: number; json: unknown } {
    if (action === 'GetParameters') {
      const { Names, WithDecryption } = get.parse(body)
      const Parameters = Names.flatMap((Name) => {
        const kept = parameters.get(Name)
        if (!kept) return []
        const { value, version: Version, modified: LastModifiedDate = 0 } = kept
        return [{ Name, Value: WithDecryption ? value : 'ciphertext', Version, LastModifiedDate }]
      })
      return { status: 200, json: { Parameters } }
    }
    const { Name, Value, Type, Overwrite, Tier } = put.parse(body)
    const refused = ssm.refuse(Name)
    // Like AWS, quotes the value that it rejects.
    if (refused) return { status: 400, json: { __type: refused, message: `Value '${Value}' is wrong` } }
    const before = parameters.get(Name)
    if (before && !Overwrite) return { status: 400, json: { __type: 'ParameterAlreadyExists', message: 'exists' } }
    if (Value.length > 4096 && Tier !== 'Intelligent-Tiering')
      return { status: 400, json: { __type: 'ValidationException' } }
    puts.push({ name: Name, overwrite: Overwrite, tier: Tier })
    const version = (before?.version ?? 0) + 1
    parameters.set(Name, { value: Value, type: Type, version, modified: Date.now() / 1000 })
    return { status: 200, json: { Version: version } }
  }

  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const action = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
    const { status, json } = answer(action, JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(json))
  })
  ssm.endpoint = await listenLocally(server)
  return ssm
}

export type FakeSsm = Awaited<ReturnType<typeof startFakeSsm>>
