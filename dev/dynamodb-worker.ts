import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import dynalite from 'dynalite'

/** The embedded DynamoDB in its own thread: it throws asynchronously when it cannot open its files. */
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, ...workerData })
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage({ endpoint: `http://127.0.0.1:${port}` })
})
parentPort?.once('message', () => {
  server.closeAllConnections()
  server.close(() => parentPort?.close())
})
