import { randomUUID } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'

/** One function in a thread with its own environment, as Lambda runs each function in its own process. */
const { handler } = await import(workerData.bundle)
parentPort?.on('message', async ({ id, event, deadline }) => {
  const context = {
    awsRequestId: event.requestContext?.requestId ?? randomUUID(),
    functionName: workerData.name,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
  try {
    parentPort?.postMessage({ id, result: await handler(event, context) })
  } catch (error) {
    console.error(error)
    parentPort?.postMessage({ id, failed: true })
  }
})
