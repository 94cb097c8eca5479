import { hash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import * as z from 'zod'
import {
  type DataFile,
  dataFile,
  jsonFiles,
  nullIfMissing,
  readFiles,
  readJson,
  receive,
  removeFiles,
  writeJson,
} from './data-files.ts'
import { noSuchUpload, S3Error } from './error.ts'

/** S3's smallest part, except for the last one. */
const MIN_PART_BYTES = 5 * 1024 * 1024
/** After this time, the lifecycle of a deployed bucket aborts a transfer. */
const TRANSFER_MS = 7 * 24 * 3_600_000

const storedObject = z.object({
  key: z.string(),
  type: z.string(),
  /** UNIX milliseconds. */
  modified: z.int(),
  etag: z.string(),
  size: z.int(),
  /** Their bytes, in this order, are the object. */
  files: z.array(dataFile),
})
const transfer = z.object({ key: z.string(), type: z.string(), started: z.int() })

export type StoredObject = z.output<typeof storedObject>
export type StoredPart = DataFile & { number: number }
export type BucketStore = ReturnType<typeof bucketStore>

export interface Body {
  stream: AsyncIterable<Uint8Array>
  size: number
  sha256: string | undefined
}

/**
 * The objects and transfers of a bucket in a folder. Names of files are digests and random ids, so that no key leads out of
 * it. An object is a list of data files, which is written in one step: completing a transfer copies nothing. Throws an
 * S3Error as S3 does.
 */
export function bucketStore(folder: string) {
  const data = `${folder}/data`
  const objectFile = (key: string) => `${folder}/objects/${hash('sha256', key, 'hex')}.json`
  const transferFolder = (id: string) => {
    if (!/^[\da-f-]{36}$/.test(id)) throw noSuchUpload()
    return `${folder}/transfers/${id}`
  }
  const serialise = serialiser()

  const find = (key: string) => readJson(objectFile(key), storedObject)

  async function findTransfer(key: string, id: string) {
    const found = await readJson(`${transferFolder(id)}/transfer.json`, transfer)
    if (found?.key !== key) throw noSuchUpload()
    return found
  }

  async function saveObject(key: string, type: string, etag: string, files: readonly DataFile[]): Promise<void> {
    const size = files.reduce((sum, file) => sum + file.size, 0)
    await mkdir(`${folder}/objects`, { recursive: true })
    const previous = await find(key)
    await writeJson(objectFile(key), { key, type, modified: Date.now(), etag, size, files })
    const names = new Set(files.map(({ file }) => file))
    await removeFiles(data, previous?.files.filter(({ file }) => !names.has(file)) ?? [])
  }

  async function partsOf(id: string): Promise<StoredPart[]> {
    const parts = (await jsonFiles(transferFolder(id))).flatMap((name) => {
      const number = Number.parseInt(name, 10)
      return Number.isNaN(number) ? [] : [{ name, number }]
    })
    const stored = await Promise.all(
      parts.map(async ({ name, number }) => {
        const part = await readJson(`${transferFolder(id)}/${name}`, dataFile)
        return part === null ? [] : [{ ...part, number }]
      }),
    )
    return stored.flat().toSorted((a, b) => a.number - b.number)
  }

  /** Removes a transfer, and those of its data that no object has. */
  async function removeTransfer(key: string, id: string, parts: readonly DataFile[]): Promise<void> {
    const used = new Set((await find(key))?.files.map(({ file }) => file))
    await rm(transferFolder(id), { recursive: true, force: true })
    await removeFiles(
      data,
      parts.filter(({ file }) => !used.has(file)),
    )
  }

  return {
    find,
    async put(key: string, type: string, { stream, ...expected }: Body): Promise<string> {
      const file = await receive(data, stream, expected)
      await serialise(key, () => saveObject(key, type, file.etag, [file]))
      return file.etag
    },
    read: ({ files }: StoredObject, start: number, end: number) => readFiles(data, files, start, end),
    remove: (key: string) =>
      serialise(key, async () => {
        const object = await find(key)
        await rm(objectFile(key), { force: true })
        await removeFiles(data, object?.files ?? [])
      }),
    /** The objects whose keys start so, ordered by key. */
    async list(prefix: string): Promise<StoredObject[]> {
      const files = await jsonFiles(`${folder}/objects`)
      const objects = await Promise.all(files.map((name) => readJson(`${folder}/objects/${name}`, storedObject)))
      const found = objects.filter((object) => object !== null).filter(({ key }) => key.startsWith(prefix))
      return found.toSorted((a, b) => (a.key < b.key ? -1 : 1))
    },
    async startTransfer(key: string, type: string): Promise<string> {
      const id = randomUUID()
      await mkdir(transferFolder(id), { recursive: true })
      await writeJson(`${transferFolder(id)}/transfer.json`, { key, type, started: Date.now() })
      return id
    },
    /** Stores a part, or replaces it; returns its ETag. */
    async putPart(key: string, id: string, number: number, { stream, ...expected }: Body): Promise<string> {
      await findTransfer(key, id)
      const part = await receive(data, stream, expected)
      return serialise(key, async () => {
        const file = `${transferFolder(id)}/${number}.json`
        const previous = await readJson(file, dataFile)
        try {
          await writeJson(file, part)
        } catch (error) {
          await removeFiles(data, [part])
          // The transfer ended meanwhile.
          throw nullIfMissing(error) ?? noSuchUpload()
        }
        if (previous) await removeFiles(data, [previous])
        return part.etag
      })
    },
    async parts(key: string, id: string): Promise<StoredPart[]> {
      await findTransfer(key, id)
      return partsOf(id)
    },
    /** Makes an object of the parts that are named, and returns its ETag. */
    complete: (key: string, id: string, named: readonly { number: number; etag: string }[]) =>
      serialise(key, async () => {
        const { type } = await findTransfer(key, id)
        const parts = await partsOf(id)
        const files = choose(parts, named)
        const digests = Buffer.concat(files.map(({ etag }) => Buffer.from(etag, 'hex')))
        const etag = `${hash('md5', digests, 'hex')}-${files.length}`
        await saveObject(key, type, etag, files)
        await removeTransfer(key, id, parts)
        return etag
      }),
    abort: (key: string, id: string) =>
      serialise(key, async () => {
        await findTransfer(key, id)
        await removeTransfer(key, id, await partsOf(id))
      }),
    /** Removes what a crash has left, and old transfers. */
    async cleanUp(now: number): Promise<void> {
      for (const id of (await readdir(`${folder}/transfers`).catch(nullIfMissing)) ?? []) {
        const found = await readJson(`${transferFolder(id)}/transfer.json`, transfer)
        if (found === null || now - found.started > TRANSFER_MS)
          await rm(transferFolder(id), { recursive: true, force: true })
      }
      const objects = await this.list('')
      const ids = (await readdir(`${folder}/transfers`).catch(nullIfMissing)) ?? []
      const used = [...objects.flatMap(({ files }) => files), ...(await Promise.all(ids.map(partsOf))).flat()]
      const names = new Set(used.map(({ file }) => file))
      for (const file of (await readdir(data).catch(nullIfMissing)) ?? [])
        if (!names.has(file)) await rm(`${data}/${file}`, { force: true })
    },
  }
}

/** The data files of the parts that a completion names. */
function choose(parts: readonly StoredPart[], named: readonly { number: number; etag: string }[]): DataFile[] {
  if (named.length === 0) throw new S3Error(400, 'MalformedXML', 'The list of parts is empty.')
  if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0)))
    throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
  return named.map(({ number, etag }, index) => {
    const part = parts.find((one) => one.number === number && one.etag === etag)
    if (!part) throw new S3Error(400, 'InvalidPart', `Part ${number} was not found, or its ETag is another one.`)
    if (part.size < MIN_PART_BYTES && index < named.length - 1)
      throw new S3Error(400, 'EntityTooSmall', `Part ${number} has ${part.size} bytes, less than ${MIN_PART_BYTES}.`)
    return { file: part.file, size: part.size, etag: part.etag }
  })
}

/** Runs the changes of one key one after the other. */
function serialiser() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(key: string, change: () => Promise<T>): Promise<T> => {
    const running = (last.get(key) ?? Promise.resolve()).then(change, change)
    last.set(key, running)
    try {
      return await running
    } finally {
      if (last.get(key) === running) last.delete(key)
    }
  }
}
