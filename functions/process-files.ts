import { getSettings } from '../lib/config/settings.ts'
import { exportWork } from '../lib/exports/write-export.ts'
import { fileWork } from '../lib/files/process-file.ts'
import { runWork } from '../lib/files/work.ts'
import { scheduled } from '../lib/jobs/scheduled.ts'
import { storeLargeUpload } from '../lib/measurements/large/store-large-upload.ts'
import { FORWARDING_FILTERS } from '../lib/opensensemap/box.ts'
import { markDueBlocks } from '../lib/opensensemap/due-index.ts'
import { findSubmissionFiles } from '../lib/submissions/store.ts'

const file = fileWork({
  async storeMeasurements(upload, ...rest) {
    const attributesOf = markDueBlocks(upload.owner.clientId, await getSettings(...FORWARDING_FILTERS))
    return storeLargeUpload({ ...upload, attributesOf }, ...rest)
  },
  findSubmission: findSubmissionFiles,
})

/**
 * Every minute, and when another function names an item: stores the content of completed files and writes exports. It also
 * removes what is not used.
 */
export const handler = scheduled((deadline, event) => runWork({ file, export: exportWork }, event, deadline))
