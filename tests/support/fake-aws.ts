import { createServer, type IncomingMessage } from 'node:http'
import * as z from 'zod'
import { listenLocally } from '../../dev/free-port.ts'

interface LogEvent {
  eventId: string
  timestamp: number
  message: string
}

const describe = z.object({ logGroupNamePrefix: z.string() })
const filter = z.object({ logGroupName: z.string(), startTime: z.number() })

/** Lambda with the environments of functions, and CloudWatch Logs with log groups. */
export async function startFakeAws() {
  const aws = {
    /** Environments by the names of functions. */
    environments: new Map<string, Record<string, string>>(),
    /** Events by the names of log groups. */
    logs: new Map<string, LogEvent[]>(),
    /** Environment variables that make AWS's libraries use this server. */
    settings: { AWS_ENDPOINT_URL_LAMBDA: '', AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: '' },
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }

  function respond({ url = '', headers }: IncomingMessage, body: string): { status: number; json: unknown } {
    const [, name = ''] = /\/functions\/([^/]+)\/configuration$/.exec(url) ?? []
    if (name !== '') {
      const Variables = aws.environments.get(name)
      if (Variables) return { status: 200, json: { FunctionName: name, Environment: { Variables } } }
      return { status: 404, json: { Type: 'User', Message: 'Function not found', __type: 'ResourceNotFoundException' } }
    }
    if (String(headers['x-amz-target']).endsWith('.DescribeLogGroups')) {
      const { logGroupNamePrefix } = describe.parse(JSON.parse(body))
      const names = [...aws.logs.keys()].filter((group) => group.startsWith(logGroupNamePrefix))
      return { status: 200, json: { logGroups: names.map((logGroupName) => ({ logGroupName })) } }
    }
    const { logGroupName, startTime } = filter.parse(JSON.parse(body))
    const events = (aws.logs.get(logGroupName) ?? []).filter(({ timestamp }) => timestamp >= startTime)
    return { status: 200, json: { events } }
  }

  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { status, json } = respond(incoming, Buffer.concat(chunks).toString())
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(json))
  })
  const endpoint = await listenLocally(server)
  aws.settings = { AWS_ENDPOINT_URL_LAMBDA: endpoint, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoint }
  return aws
}
