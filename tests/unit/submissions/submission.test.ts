import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BucketFile,
  bucketFileIds,
  type Contents,
  concatenateContents,
  describeSubmission,
  hasSameContents,
  type Origin,
  partPosition,
  type SentFile,
} from '../../../lib/submissions/submission.ts'
import { runs } from '../../support/property.ts'

const bytes = fc.uint8Array({ maxLength: 20 })
const file = fc.record({ name: fc.string({ minLength: 1 }), type: fc.string(), content: bytes })
const bucketFile = file.chain((sent) => fc.stringMatching(/^[0-9a-f]{32}$/).map((id) => inBucket(sent, id)))
const contents: fc.Arbitrary<Contents> = fc.record(
  { responses: bytes, files: fc.array(fc.oneof(file, bucketFile), { maxLength: 6 }) },
  { requiredKeys: ['files'] },
)
const sha256Of = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
/** The same file, whose content is in the bucket. */
const inBucket = ({ name, type, content }: SentFile, id: string): BucketFile => ({
  id,
  name,
  type,
  size: content.length,
  sha256: sha256Of(content),
})
const caller = { clientId: 'c' }
const TOKEN = { tokenId: 't' }
const NOW = Date.parse('2026-05-03T12:00:00.000Z')

describe('placeOf', () => {
  it('finds every part in a packed body, and nothing else', () => {
    fc.assert(
      fc.property(contents, (sent) => {
        const all = concatenateContents(sent)
        const submission = describeSubmission(sent, caller, TOKEN, NOW)
        const at = (part: string) => {
          const place = partPosition(submission, part)
          return place && all.subarray(place.start, place.start + place.size)
        }
        expect(at('responses')).toEqual(sent.responses ? Buffer.from(sent.responses) : null)
        for (const [index, one] of sent.files.entries())
          expect(at(`${index + 1}`)).toEqual('content' in one ? Buffer.from(one.content) : null)
        for (const part of [
          '0',
          `${sent.files.length + 1}`,
          '-1',
          '1.5',
          '',
          'files',
          '__proto__',
          '01',
          '1e0',
          '10000',
        ])
          expect(at(part)).toBeNull()
        const sizes = [
          sent.responses?.length ?? 0,
          ...sent.files.map((one) => ('content' in one ? one.content.length : 0)),
        ]
        expect(all.length).toBe(sizes.reduce((sum, size) => sum + size))
      }),
    )
  })
})

describe('describe', () => {
  it('returns sizes, digests, the time and the person', () => {
    const sent = { responses: Buffer.from('[]'), files: [{ name: 'a', type: 't/t', content: Buffer.from('x') }] }
    const described = describeSubmission(
      sent,
      { clientId: 'c', participantId: 'p', participantTrusted: true },
      TOKEN,
      NOW,
    )
    expect(described).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      client_id: 'c',
      participant_id: 'p',
      participant_trusted: true,
      received_at: '2026-05-03T12:00:00.000Z',
      responses: { size: 2, sha256: sha256Of('[]') },
      files: [{ name: 'a', type: 't/t', size: 1, sha256: sha256Of('x') }],
    })
    expect(describeSubmission(sent, { clientId: 'c', participantId: 'p' }, TOKEN, NOW).participant_trusted).toBe(false)
    expect(describeSubmission({ files: [] }, caller, TOKEN, NOW)).toEqual({
      id: expect.any(String),
      client_id: 'c',
      received_at: '2026-05-03T12:00:00.000Z',
      files: [],
    })
  })

  it('names the files in the bucket, whose id changes nothing else', () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 3 }), fc.stringMatching(/^[0-9a-f]{32}$/), (files, id) => {
        const sent = describeSubmission({ files }, caller, TOKEN, NOW)
        const stored = describeSubmission({ files: files.map((one) => inBucket(one, id)) }, caller, TOKEN, NOW)
        expect(bucketFileIds(sent)).toEqual([])
        expect(bucketFileIds(stored)).toEqual(files.map(() => id))
        expect(stored).toEqual({ ...sent, files: sent.files.map((one) => ({ ...one, file_id: id })) })
        expect(hasSameContents(stored, sent)).toBe(true)
      }),
      { numRuns: runs(100) },
    )
  })

  it('derives the id from content, sender and origin, not from time or trust', () => {
    const idOf = (sent: Contents, who: Parameters<typeof describeSubmission>[1], from: Origin, at = NOW) =>
      describeSubmission(sent, who, from, at).id
    const person = fc.option(fc.constantFrom('', 'p', 'q', 'null'), { nil: undefined })
    const from = fc
      .record({ clientId: fc.constantFrom('c', 'd'), participantId: person })
      .map(({ clientId, participantId }) => ({
        clientId,
        ...(participantId !== undefined && { participantId }),
      }))
    const small = fc.uint8Array({ max: 1, maxLength: 1 })
    const few = fc.record(
      {
        responses: small,
        files: fc.array(
          fc.record({ name: fc.constantFrom('a', 'b'), type: fc.constantFrom('t', 'u'), content: small }),
          {
            maxLength: 2,
          },
        ),
      },
      { requiredKeys: ['files'] },
    )
    const text = fc.constantFrom('t', 'u')
    const origin = fc.oneof(fc.record({ tokenId: text }), fc.record({ key: text }), fc.record({ importedAt: text }))
    fc.assert(
      fc.property(few, from, origin, few, from, origin, (one, who, source, other, them, elsewhere) => {
        const identity = (sent: Contents, sender: object, by: Origin) =>
          JSON.stringify([sender, by, 'key' in by ? null : sent])
        const isSame = identity(one, who, source) === identity(other, them, elsewhere)
        expect(idOf(one, who, source) === idOf(other, them, elsewhere)).toBe(isSame)
        expect(idOf(one, { ...who, participantTrusted: true }, source, NOW + 1)).toBe(idOf(one, who, source))
      }),
      { numRuns: runs(1_000) },
    )
  })
})
