import { forward } from '../lib/forwarding/run.ts'
import { scheduled } from '../lib/scheduled.ts'

/** Every minute, with OSEM_UPLOAD=true: sends measurements that were stored since to openSenseMap. */
export const handler = scheduled(forward)
