import { scheduled } from '../lib/jobs/scheduled.ts'
import { runForwarding } from '../lib/opensensemap/run-forwarding.ts'

/** Every minute, with OSEM_UPLOAD=true: sends measurements that were stored since to openSenseMap. */
export const handler = scheduled(runForwarding)
