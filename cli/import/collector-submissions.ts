import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel } from '../../lib/core/concurrency.ts'
import type { Contents } from '../../lib/submissions/submission.ts'
import { CommandError } from '../support/error-message.ts'
import type { CollectorUpload } from './collector-files.ts'

const AT_ONCE = 2
/** That the collector took in one request; all of it is in memory. */
const FILE_BYTES = 100_000_000
/** Longer than the writes of a submission and all their repetitions take. */
const WRITE_MS = 600_000

/** What became of uploads. */
export interface ImportedSubmissions {
  new: number
  /** Were there already, or hold the same as another. */
  there: number
  files: number
  bytes: number
  /** Files that could not be stored, and why. */
  faults: { path: string; detail: string }[]
  notes: string[]
}

/** Paths of all files in a folder and the folders in it, with slashes; links are passed over, and told. */
export async function filesIn(folder: string): Promise<{ paths: string[]; links: string[] }> {
  const found: { paths: string[]; links: string[] } = { paths: [], links: [] }
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => {
    throw new CommandError(`${folder} is no folder that can be read.`)
  })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/')
    if (entry.isFile()) found.paths.push(path)
    else if (!entry.isDirectory()) found.links.push(path)
  }
  found.links.sort()
  return found
}

/** Stores uploads as submissions of a client; a dry run reads them only. */
export async function storeUploads(
  { client, folder, dryRun }: { client: string; folder: string; dryRun: boolean },
  uploads: readonly CollectorUpload[],
  at: (done: number) => void,
): Promise<ImportedSubmissions> {
  const { findManifest, storeSubmission } = await import('../../lib/submissions/store.ts')
  const { describeSubmission, concatenateContents } = await import('../../lib/submissions/submission.ts')
  const outcome: ImportedSubmissions = { new: 0, there: 0, files: 0, bytes: 0, faults: [], notes: [] }
  const seen = new Set<string>()
  let done = 0
  await inParallel(uploads, AT_ONCE, async (upload) => {
    const contents = await readUpload(folder, upload, outcome)
    if (contents.responses !== undefined || contents.files.length > 0) {
      const submission = describeSubmission(contents, { clientId: client }, upload.receivedAt)
      const bytes = concatenateContents(contents)
      const isNew = dryRun
        ? !seen.has(submission.id) && (await findManifest(submission.id)) === null
        : await storeSubmission(submission, bytes, Date.now() + WRITE_MS)
      seen.add(submission.id)
      outcome[isNew ? 'new' : 'there'] += 1
      outcome.files += contents.files.length
      outcome.bytes += bytes.length
    }
    done += 1
    at(done)
  })
  outcome.faults.sort((one, other) => (one.path < other.path ? -1 : 1))
  return outcome
}

/** What can be stored of an upload; the rest is told. */
async function readUpload(
  folder: string,
  { responses, files }: CollectorUpload,
  outcome: ImportedSubmissions,
): Promise<Contents> {
  const { SUBMISSION_LIMITS } = await import('../../lib/submissions/limits.ts')
  const { toFileName, toMediaType } = await import('../../lib/submissions/names.ts')
  const kept: { name: string; type: string; content: Uint8Array }[] = []
  const read = async (path: string): Promise<Uint8Array | null> => {
    try {
      if ((await stat(join(folder, path))).size <= FILE_BYTES) return await readFile(join(folder, path))
      outcome.faults.push({ path, detail: `it has more than ${FILE_BYTES} bytes` })
    } catch {
      outcome.faults.push({ path, detail: 'it cannot be read' })
    }
    return null
  }
  for (const { path, name: sent } of files) {
    const name = toFileName(sent)
    if (name === null) outcome.faults.push({ path, detail: 'it has no name of 1 to 255 characters' })
    else if (kept.length === SUBMISSION_LIMITS.files) {
      outcome.faults.push({ path, detail: `${SUBMISSION_LIMITS.files} others came at the same time` })
    } else {
      const content = await read(path)
      if (content) kept.push({ name, type: toMediaType(), content })
    }
  }
  const document = responses === undefined ? null : await read(responses)
  if (!document) return { files: kept }
  if (isJson(document)) return { responses: document, files: kept }
  outcome.notes.push(`${responses} is no JSON, and is kept as a file`)
  return { files: [...kept, { name: 'messages.json', type: toMediaType(), content: document }] }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return true
  } catch {
    return false
  }
}
