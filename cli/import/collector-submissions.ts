import { hash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel } from '../../lib/core/concurrency.ts'
import type { Contents, Submission } from '../../lib/submissions/submission.ts'
import { CommandError } from '../support/error-message.ts'
import type { CollectorUpload } from './collector-files.ts'

const AT_ONCE = 2
/** Maximum request size of the collector. A file is read into memory. */
const FILE_BYTES = 100_000_000
/** Longer than the writes of a submission with all retries. */
const WRITE_MS = 600_000

/** Result of importing uploads. */
export interface ImportedSubmissions {
  new: number
  /** Submissions that were stored before, or are duplicates. */
  there: number
  files: number
  bytes: number
  /** Files that could not be stored, with the reasons. */
  faults: { path: string; detail: string }[]
  notes: string[]
}

/** Relative paths of all files in a folder and its subfolders, with slashes. Links are skipped and listed. */
export async function filesIn(folder: string): Promise<{ paths: string[]; links: string[] }> {
  const files: { paths: string[]; links: string[] } = { paths: [], links: [] }
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => {
    throw new CommandError(`${folder} must be a readable folder.`)
  })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/')
    if (entry.isFile()) files.paths.push(path)
    else if (!entry.isDirectory()) files.links.push(path)
  }
  files.links.sort()
  return files
}

/** Stores uploads as submissions of a client; a dry run only reads them. */
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
      const submission = describeSubmission(
        contents,
        { clientId: client },
        { importedAt: upload.importedAt },
        upload.receivedAt,
      )
      const bytes = concatenateContents(contents)
      const isRepeat = seen.has(submission.id)
      seen.add(submission.id)
      const isNew =
        !isRepeat &&
        !(await isFormerImport(submission)) &&
        (dryRun
          ? (await findManifest(submission.id)) === null
          : await storeSubmission(submission, bytes, { deadline: Date.now() + WRITE_MS, isImport: true }))
      outcome[isNew ? 'new' : 'there'] += 1
      outcome.files += contents.files.length
      outcome.bytes += bytes.length
    }
    done += 1
    at(done)
  })
  outcome.faults.sort((a, b) => (a.path < b.path ? -1 : 1))
  return outcome
}

/** Whether an earlier version imported this upload. Its ids did not contain the time. */
async function isFormerImport({ client_id, received_at, responses, files }: Submission): Promise<boolean> {
  const { findManifest } = await import('../../lib/submissions/store.ts')
  const identity = JSON.stringify([client_id, null, responses ?? null, files])
  const manifest = await findManifest(hash('sha256', identity, 'hex').slice(0, 32))
  return manifest?.received_at === received_at
}

/** The files of an upload that can be stored. The other ones are added to `outcome.faults`. */
async function readUpload(
  folder: string,
  { responses, files }: CollectorUpload,
  outcome: ImportedSubmissions,
): Promise<Contents> {
  const { SUBMISSION_LIMITS } = await import('../../lib/submissions/limits.ts')
  const { toFileName, toMediaType } = await import('../../lib/core/file-names.ts')
  const contents: { name: string; type: string; content: Uint8Array }[] = []
  const read = async (path: string): Promise<Uint8Array | null> => {
    try {
      if ((await stat(join(folder, path))).size <= FILE_BYTES) return await readFile(join(folder, path))
      outcome.faults.push({ path, detail: `it has more than ${FILE_BYTES} bytes` })
    } catch {
      outcome.faults.push({ path, detail: 'it cannot be read' })
    }
    return null
  }
  for (const { path, name: sentName } of files) {
    const name = toFileName(sentName)
    if (name === null) outcome.faults.push({ path, detail: 'it has no name of 1 to 255 characters' })
    else if (contents.length === SUBMISSION_LIMITS.files) {
      outcome.faults.push({ path, detail: `${SUBMISSION_LIMITS.files} other files have the same time` })
    } else {
      const content = await read(path)
      if (content) contents.push({ name, type: toMediaType(), content })
    }
  }
  const document = responses === undefined ? null : await read(responses)
  if (!document) return { files: contents }
  if (isJson(document)) return { responses: document, files: contents }
  outcome.notes.push(`${responses} is not JSON, and is stored as a file`)
  return { files: [...contents, { name: 'messages.json', type: toMediaType(), content: document }] }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return true
  } catch {
    return false
  }
}
