import { describe, expect, it } from 'vitest'
import { toCollectorUploads } from '../../../cli/import/collector-files.ts'

describe('names of collector files', () => {
  it.each([
    ['2020-05-03T12:00:00.123456+00:00_README.md', '2020-05-03T12:00:00.123Z', 'README.md'],
    ['2020-05-03T12:00:00+00:00_a_b-c.zip', '2020-05-03T12:00:00.000Z', 'a_b-c.zip'],
    ['2020-05-03T12:00:00.5_x', '2020-05-03T12:00:00.500Z', 'x'],
    ['voice/20201031T120000.123456Z0000-README.md', '2020-10-31T12:00:00.123Z', 'README.md'],
    ['20201031T120000Z0000--x-.zip.001', '2020-10-31T12:00:00.000Z', '-x-.zip.001'],
    ['a/b/20201031T120000.5Z-x y.zip', '2020-10-31T12:00:00.500Z', 'x y.zip'],
  ])('are parsed: %s', (path, received, name) => {
    const { uploads, ignored } = toCollectorUploads([path])
    expect(ignored).toEqual([])
    expect(uploads.map(({ receivedAt }) => new Date(receivedAt).toISOString())).toEqual([received])
    expect(uploads[0]).toMatchObject({ responses: undefined, files: [{ path, name }] })
  })

  it.each([
    'apiKey.txt',
    '.DS_Store',
    '2020-05-03T12:00:00+00:00_',
    '2020-05-03T12:00:00+02:00_x',
    '2020-05-03T12:00:00+00:00-x',
    '20201031T120000Z0000_x',
    '2020-02-30T12:00:00+00:00_x',
    'x/README.md',
    '2020-05-03T12:00:00+00:00_x/y',
  ])('are rejected: %s', (path) => {
    expect(toCollectorUploads([path])).toEqual({ uploads: [], ignored: [path] })
  })
})

it('group files by folder and time, separate responses, and sort the oldest first', () => {
  const later = '2020-05-03T12:00:00.123457+00:00'
  const earlier = '2020-05-03T12:00:00.123456+00:00'
  const { uploads } = toCollectorUploads([
    `${later}_messages.json`,
    `${earlier}_b.zip`,
    'voice/20200503T120000.123456Z0000-messages.json',
    'other/20200503T120000.123456Z0000-messages.json',
    `${earlier}_messages.json`,
    `${earlier}_a.zip`,
  ])
  expect(uploads.map(({ responses, files }) => [responses, files.map(({ name }) => name)])).toEqual([
    [`${earlier}_messages.json`, ['a.zip', 'b.zip']],
    ['other/20200503T120000.123456Z0000-messages.json', []],
    ['voice/20200503T120000.123456Z0000-messages.json', []],
    [`${later}_messages.json`, []],
  ])
})
