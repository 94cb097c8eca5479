import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import dynalite from 'dynalite'

/** The embedded DynamoDB in a thread of its own: it throws from its depths when its files cannot be opened. */
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, ...workerData })
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage({ endpoint: `http://127.0.0.1:${port}` })
})
parentPort?.once('message', () => {
  server.closeAllConnections()
  server.close(() => parentPort?.close())
})
