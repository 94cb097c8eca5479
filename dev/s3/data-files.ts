import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import * as z from 'zod'
import { S3Error } from './error.ts'

export const dataFile = z.object({
  /** Name in the folder of data. */
  file: z.string(),
  size: z.int(),
  /** MD5 in hexadecimal. */
  etag: z.string(),
})

/** Bytes that arrived in one request. */
export type DataFile = z.output<typeof dataFile>

interface Expected {
  size: number
  /** SHA-256 in hexadecimal, if the request has one. */
  sha256: string | undefined
}

/** Streams a body into a new file of a folder. Throws an S3Error, and leaves no file, unless the body is as expected. */
export async function receive(
  folder: string,
  body: AsyncIterable<Uint8Array>,
  { size, sha256 }: Expected,
): Promise<DataFile> {
  await mkdir(folder, { recursive: true })
  const file = randomUUID()
  const md5 = createHash('md5')
  const digest = sha256 === undefined ? undefined : createHash('sha256')
  let received = 0
  async function* measured() {
    for await (const chunk of body) {
      received += chunk.length
      md5.update(chunk)
      digest?.update(chunk)
      yield chunk
    }
  }
  try {
    await pipeline(measured, createWriteStream(`${folder}/${file}`))
    if (received !== size)
      throw new S3Error(400, 'IncompleteBody', `The body has ${received} bytes, and Content-Length is ${size}.`)
    if (digest?.digest('hex') !== sha256)
      throw new S3Error(400, 'XAmzContentSHA256Mismatch', 'The body does not match its x-amz-content-sha256.')
    return { file, size, etag: md5.digest('hex') }
  } catch (error) {
    await rm(`${folder}/${file}`, { force: true })
    throw error
  }
}

/** The bytes of consecutive files from `start` to `end`, both included. */
export async function* readFiles(folder: string, files: readonly DataFile[], start: number, end: number) {
  let offset = 0
  for (const { file, size } of files) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, size - 1)
    if (from <= to) yield* createReadStream(`${folder}/${file}`, { start: from, end: to })
    offset += size
  }
}

export const removeFiles = (folder: string, files: readonly DataFile[]) =>
  Promise.all(files.map(({ file }) => rm(`${folder}/${file}`, { force: true })))

/** Replaces a file in one step, so that a crash leaves the old contents or the new ones. */
export async function writeJson(file: string, contents: unknown): Promise<void> {
  const temporary = `${file}.${randomUUID()}`
  await writeFile(temporary, JSON.stringify(contents))
  await rename(temporary, file).catch(async (error: unknown) => {
    await rm(temporary, { force: true })
    throw error
  })
}

/** The contents of a JSON file; null if there is none. */
export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch(nullIfMissing)
  return text === null ? null : schema.parse(JSON.parse(text))
}

/** The names of the JSON files in a folder; none if it does not exist. */
export const jsonFiles = async (folder: string): Promise<string[]> =>
  ((await readdir(folder).catch(nullIfMissing)) ?? []).filter((name) => name.endsWith('.json'))

export function nullIfMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
