import type { Statement } from './permissions.ts'

/** The actions of IAM for what modules import from the SDK of S3; null for names that send nothing. */
export const S3: Readonly<Record<string, string | null>> = {
  S3Client: null,
  S3ServiceException: null,
  AbortMultipartUploadCommand: 'AbortMultipartUpload',
  CompleteMultipartUploadCommand: 'PutObject',
  CreateMultipartUploadCommand: 'PutObject',
  DeleteObjectCommand: 'DeleteObject',
  GetObjectCommand: 'GetObject',
  ListObjectsV2Command: 'ListBucket',
  ListPartsCommand: 'ListMultipartUploadParts',
  PutObjectCommand: 'PutObject',
}
/** S3 checks the permissions of the function that signed a URL. */
const PRESIGNED: Readonly<Record<string, string>> = { GET: 'GetObject', PUT: 'PutObject' }
const PRESIGNER = 'lib/files/presign.ts'
const FOLDERS = ['measurements', 'submissions', 'exports']

/** A permission on the objects of a folder of the bucket. */
export interface FileUse {
  action: string
  folder: string
}

interface Code {
  statements: readonly Statement[]
  /** The actions by the local names of commands. */
  actions: ReadonlyMap<string, string>
  /** The statements that a statement refers to, those that these refer to, and itself. */
  reach(from: Statement, goes: (to: Statement) => boolean): Statement[]
}

/**
 * The permissions on the bucket that code needs. Functions whose names start with `object` make keys of objects. The folders
 * of a caller are those in the functions of keys that it refers to; without any, those of its own callers.
 */
export function fileUses({ statements, actions, reach }: Code): FileUse[] {
  const isBucket = ({ module, refs }: Statement) => module === PRESIGNER || refs.some((name) => actions.has(name))
  const buckets = new Set(statements.filter(isBucket).map(({ module }) => module))
  const actionsOf = (one: Statement): string[] =>
    reach(one, ({ module }) => module === one.module).flatMap(({ module, refs, texts }) =>
      module === PRESIGNER
        ? texts.flatMap((text) => PRESIGNED[text] ?? [])
        : refs.flatMap((name) => actions.get(name) ?? []),
    )
  const callersOf = (one: Statement) =>
    statements.filter((by) => by !== one && by.refs.some((name) => one.names.includes(name)))
  const makesKeys = ({ module, names }: Statement) => !buckets.has(module) && names.some((name) => /^object/.test(name))
  const foldersOf = (caller: Statement, seen: ReadonlySet<Statement> = new Set()): string[] => {
    const texts = reach(caller, makesKeys).flatMap((one) => (makesKeys(one) || one === caller ? one.texts : []))
    const own = FOLDERS.filter((folder) => texts.some((text) => text === folder || text.startsWith(`${folder}/`)))
    const isKnown = reach(caller, makesKeys).some(makesKeys)
    if (isKnown) return own
    return callersOf(caller).flatMap((by) => (seen.has(by) ? [] : foldersOf(by, new Set([...seen, caller]))))
  }
  const uses = statements
    .filter(({ module }) => buckets.has(module))
    .flatMap((one) => {
      const callers = callersOf(one).filter(({ module }) => !buckets.has(module))
      const folders = callers.flatMap((caller) => {
        const found = foldersOf(caller)
        if (found.length === 0) throw new Error(`${caller.module}: ${caller.names.join()} leaves open the folder`)
        return found
      })
      return actionsOf(one).flatMap((action) => folders.map((folder) => ({ action, folder })))
    })
  return [...new Map(uses.map((use) => [`${use.action} ${use.folder}`, use])).values()]
}
