import { parseIso } from '../../lib/measurements/times.ts'

/** A file of the collector's uploads. */
export interface UploadedFile {
  /** Path relative to the folder of the uploads, with slashes. */
  path: string
  /** Name that the sender used. */
  name: string
}

/** Content of one request to the collector. */
export interface CollectorUpload {
  /** UNIX milliseconds. */
  receivedAt: number
  /** The time in the file names, with microseconds: uploads of equal content differ in it. */
  importedAt: string
  /** The document with the answers. */
  responses: string | undefined
  files: UploadedFile[]
}

/** Name of the document with the answers. */
const RESPONSES = 'messages.json'

/**
 * File names of the collector: the time in UTC and the sent name. Since October 2020, files are in project folders. Their
 * times have no hyphens or colons, and `Z` instead of `+`.
 */
const NAMES = [
  /^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:\+00:00|Z)?_(?<name>.+)$/s,
  /^(?<time>\d{8}T\d{6}(?:\.\d{1,6})?)(?:Z0000|Z)?-(?<name>.+)$/s,
]

function readName(path: string): { time: string; receivedAt: number; name: string } | null {
  const file = path.split('/').at(-1) ?? ''
  const { time = '', name = '' } = NAMES.map((pattern) => pattern.exec(file)?.groups).find((groups) => groups) ?? {}
  const receivedAt = parseIso(time)
  return receivedAt === null ? null : { time, receivedAt, name }
}

/** The time as ISO 8601 with six decimals, whichever form the name has. */
const withMicroseconds = ({ time, receivedAt }: { time: string; receivedAt: number }): string =>
  `${new Date(receivedAt).toISOString().slice(0, 19)}.${(time.split('.')[1] ?? '').padEnd(6, '0')}Z`

/** Groups files into uploads, the oldest first. Files of one upload have the same folder and time. */
export function toCollectorUploads(paths: readonly string[]): { uploads: CollectorUpload[]; ignored: string[] } {
  const uploads = new Map<string, CollectorUpload>()
  const ignored: string[] = []
  for (const path of paths.toSorted()) {
    const fileName = readName(path)
    if (!fileName) {
      ignored.push(path)
      continue
    }
    const key = JSON.stringify([path.slice(0, path.lastIndexOf('/') + 1), fileName.time])
    const upload = uploads.get(key) ?? {
      receivedAt: fileName.receivedAt,
      importedAt: withMicroseconds(fileName),
      responses: undefined,
      files: [],
    }
    if (fileName.name === RESPONSES) upload.responses = path
    else upload.files.push({ path, name: fileName.name })
    uploads.set(key, upload)
  }
  return { uploads: [...uploads.values()].toSorted((a, b) => a.receivedAt - b.receivedAt), ignored }
}
