import { parentPort, workerData } from 'node:worker_threads'
import { startFakeHelpLightning } from '../dev/fakes/helplightning.ts'
import { startFakeIncode } from '../dev/fakes/incode.ts'

/** Runs the fake providers in another thread. A message is the delay of each response in milliseconds. */
const [helpLightning, incode] = await Promise.all([startFakeHelpLightning(workerData.emails), startFakeIncode('OK')])
parentPort?.on('message', (milliseconds: number) => {
  for (const fake of [helpLightning, incode]) fake.plan = () => milliseconds
})
parentPort?.postMessage({ ...helpLightning.settings, ...incode.settings })
