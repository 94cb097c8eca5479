import { scheduled } from '../lib/jobs/scheduled.ts'
import { runForwarding } from '../lib/opensensemap/run-forwarding.ts'

/** Every minute, with OSEM_UPLOAD=true: forwards new measurements to openSenseMap. */
export const handler = scheduled(runForwarding)
