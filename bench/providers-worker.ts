import { parentPort, workerData } from 'node:worker_threads'
import { startFakeHelpLightning } from '../dev/fakes/helplightning.ts'
import { startFakeIncode } from '../dev/fakes/incode.ts'

/** The fake providers in a thread of their own. A number that is sent here delays each answer by so many milliseconds. */
const [helpLightning, incode] = await Promise.all([startFakeHelpLightning(workerData.emails), startFakeIncode('OK')])
parentPort?.on('message', (milliseconds: number) => {
  for (const fake of [helpLightning, incode]) fake.plan = () => milliseconds
})
parentPort?.postMessage({ ...helpLightning.settings, ...incode.settings })
