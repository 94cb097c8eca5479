import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import * as z from 'zod'
import { listenLocally } from '../dev/free-port.ts'

const requestSchema = z.object({ Names: z.array(z.string()) })

/** A stand-in for Parameter Store, with values by the last part of their name. It throttles what `accepts` rejects. */
export async function startParameterStore(values: Readonly<Record<string, string>>, accepts = () => true) {
  const server = createServer(async (request, response) => {
    const { Names } = requestSchema.parse(await json(request))
    if (!accepts()) {
      response.writeHead(400).end(JSON.stringify({ __type: 'ThrottlingException' }))
      return
    }
    const parameters = Names.map((Name) => ({ Name, Value: values[Name.replace(/^.*\//, '')] }))
    response.end(JSON.stringify({ Parameters: parameters.filter(({ Value }) => Value !== undefined) }))
  })
  return { endpoint: await listenLocally(server), stop: () => server.close() }
}
