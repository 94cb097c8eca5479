// @module-tag local-only
// These tests call modules of lib/ above items in memory.
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { differences, type Result, startFiles, uploadAtOnce, withoutBytes } from '../../support/large-uploads.ts'
import { gatherLogs } from '../../support/logs.ts'
import { runs } from '../../support/property.ts'
import { type RandomFile, randomCsv, randomFault, randomNdjson } from '../../support/random-files.ts'

let files: Awaited<ReturnType<typeof startFiles>>
beforeAll(async () => {
  gatherLogs()
  vi.resetModules()
  vi.stubEnv('MEASUREMENTS_TABLE', 'measurements')
  vi.stubEnv('PARAMETER_PATH', '')
  vi.stubEnv('ACCEPT_COLUMNS', '(?!dropped$).*')
  vi.stubEnv('TEXT_COLUMNS', 'box,id')
  files = await startFiles()
})

const csv = (rows: number, row: (index: number) => string, names = 'time,a') =>
  Buffer.from(`${[names, ...Array.from({ length: rows }, (_, index) => row(index))].join('\n')}\n`)

/** Shrinking a file takes longer than reading the differences. */
const PROPERTY = { numRuns: runs(300), endOnFailure: true }

/** Parts of a size, of a file that crashes interrupt at some steps of the work. */
const parting = fc.record({ partBytes: fc.integer({ min: 100, max: 4_000 }), crashes: fc.array(fc.nat(40)) })
function crashAt(crashes: readonly number[]) {
  let steps = 0
  return () => {
    steps += 1
    return crashes.some((at, index) => steps === at + index)
  }
}

async function expectAsUpload(
  { type, options, body, isUtf8, faultLine }: RandomFile,
  { partBytes, crashes }: { partBytes: number; crashes: number[] },
) {
  const parts = await files.uploadInParts(type, body, { options, partBytes, crash: crashAt(crashes) })
  const atOnce = await uploadAtOnce(type, body, options)
  if ('issues' in atOnce && !atOnce.issues.some((issue) => issue.row ?? issue.line ?? issue.byte)) {
    const issue = faultLine === undefined ? {} : { line: faultLine }
    expect(parts).toMatchObject({ code: atOnce.code, ...(type.includes('json') && { issues: [issue] }) })
    return
  }
  const comparable = isUtf8 ? (result: Result) => result : withoutBytes
  expect(differences(comparable(parts), comparable(atOnce))).toEqual({})
}

describe('a file in parts', () => {
  it('is stored as an upload is', async () => {
    const body = csv(500, (index) => `${1_700_000_000 + index},${index / 10}`)
    const parts = await files.uploadInParts('text/csv', body, { partBytes: 700 })
    expect(parts).toEqual(await uploadAtOnce('text/csv', body))
  })

  it('of CSV in any dialect is stored as an upload is, whatever interrupts it', async () => {
    await fc.assert(fc.asyncProperty(randomCsv(), parting, expectAsUpload), PROPERTY)
  })

  it('of CSV with a fault is rejected as an upload is, with the numbers of the file', async () => {
    await fc.assert(fc.asyncProperty(randomCsv(randomFault), parting, expectAsUpload), PROPERTY)
  })

  it('of NDJSON is stored or rejected as an upload is', async () => {
    await fc.assert(fc.asyncProperty(randomNdjson(), parting, expectAsUpload), PROPERTY)
  })
})
