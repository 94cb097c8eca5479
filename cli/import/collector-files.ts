import { parseIso } from '../../lib/measurements/times.ts'

/** A file of the collector's uploads. */
export interface UploadedFile {
  /** From the folder of the uploads on, with slashes. */
  path: string
  /** As its sender has called it. */
  name: string
}

/** What the collector was sent in one request. */
export interface CollectorUpload {
  /** UNIX milliseconds. */
  receivedAt: number
  /** The document with the answers. */
  responses: string | undefined
  files: UploadedFile[]
}

/** What the collector calls the document with the answers. */
const RESPONSES = 'messages.json'

/**
 * Names as the collector has given them: the time in UTC, and the name that was sent. From October 2020 on, files lie
 * in folders of projects, and the time has neither hyphens nor colons, and `Z` in the place of `+`.
 */
const NAMES = [
  /^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:\+00:00|Z)?_(?<name>.+)$/s,
  /^(?<time>\d{8}T\d{6}(?:\.\d{1,6})?)(?:Z0000|Z)?-(?<name>.+)$/s,
]

function readName(path: string): { time: string; receivedAt: number; name: string } | null {
  const file = path.split('/').at(-1) ?? ''
  const { time = '', name = '' } = NAMES.map((each) => each.exec(file)?.groups).find((groups) => groups) ?? {}
  const receivedAt = parseIso(time)
  return receivedAt === null ? null : { time, receivedAt, name }
}

/** Gathers files into uploads, the oldest first: those of one folder and one time came together. */
export function toCollectorUploads(paths: readonly string[]): { uploads: CollectorUpload[]; ignored: string[] } {
  const uploads = new Map<string, CollectorUpload>()
  const ignored: string[] = []
  for (const path of paths.toSorted()) {
    const read = readName(path)
    if (!read) {
      ignored.push(path)
      continue
    }
    const key = JSON.stringify([path.slice(0, path.lastIndexOf('/') + 1), read.time])
    const upload = uploads.get(key) ?? { receivedAt: read.receivedAt, responses: undefined, files: [] }
    if (read.name === RESPONSES) upload.responses = path
    else upload.files.push({ path, name: read.name })
    uploads.set(key, upload)
  }
  return { uploads: [...uploads.values()].toSorted((one, other) => one.receivedAt - other.receivedAt), ignored }
}
