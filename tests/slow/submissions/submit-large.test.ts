import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'
import { accepted, contentOf, formOf, type Sent, submissionsOf, submit } from '../../support/submissions.ts'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
})

const send = (sent: Sent) => submit(latchkey, formOf({ auth_token: token, ...sent }))

describe('the files of a submission', () => {
  it('are limited to 4,700,000 bytes, which one response can return', async () => {
    const content = randomBytes(4_700_000)
    const { id } = await accepted(await send({ files: [['large.zip', content, 'application/zip']] }))
    expect((await contentOf(latchkey, id, 1)).equals(content)).toBe(true)
    const answer = await send({ files: [['larger.zip', Buffer.concat([content, Buffer.of(1)])]] })
    expect(answer.status).toBe(413)
    expect(await problemOf(answer)).toMatchObject({ code: 'body_too_large', errors: [{ field: 'file' }] })
    expect(await submissionsOf(latchkey, clientId)).toHaveLength(1)
  })
})

describe('the responses of a submission', () => {
  it('are limited to 4,700,000 bytes', async () => {
    const longest = JSON.stringify('x'.repeat(4_699_998))
    await accepted(await send({ responses: longest }))
    const answer = await send({ responses: ` ${longest}` })
    expect(answer.status).toBe(413)
    expect(await faultyFields(answer)).toEqual(['responses'])
  })
})
