import { describe, expect, it } from 'vitest'
import { addressOf, readAddress, type View } from '../../../web/data/address.ts'

const read = (address: string) => readAddress(new URL(address, 'http://localhost/download'))

const VIEW: View = {
  share: '',
  clientId: 'c1',
  series: [{ source: 'a b', participant_id: 'ann' }, { source: 'c' }, { source: 'd&e', participant_id: 'bob' }],
  columns: ['co2', 'temp:1'],
  from: '-24h',
  to: '',
  zoom: { from: Date.UTC(2020, 4, 3, 12), to: Date.UTC(2020, 4, 3, 13) },
  zone: 'local',
  gap: 10,
  together: true,
  right: '°C',
  live: true,
  units: { co2: 'ppm', 'temp:1': '°C' },
  order: 'co2:asc',
  find: 'co',
}

describe('the address of the data page', () => {
  it('contains all that is shown', () => {
    expect(read(addressOf(VIEW))).toEqual(VIEW)
  })

  it('has what /download accepts in its query, and the rest in its fragment', () => {
    const { search, hash } = new URL(addressOf(VIEW), 'http://localhost/download')
    expect(search).toBe('?client_id=c1&source=a+b&participant_id=ann&cols=co2,temp:1&from=-24h')
    expect(hash).toContain('zoom=2020-05-03T12:00:00.000Z/2020-05-03T13:00:00.000Z')
  })

  it('starts its fragment with the token of a shared link', () => {
    const { hash } = new URL(addressOf({ ...VIEW, share: 'share_1_a-b' }), 'http://localhost/')
    expect(hash).toMatch(/^#share=share_1_a-b&zoom=/)
  })

  it('is short for the defaults', () => {
    expect(addressOf(read('?source=a&cols=co2'))).toBe('?source=a&cols=co2')
    expect(addressOf(read(''))).toBe('?')
  })

  it('is read with defaults for values that are not valid', () => {
    expect(read('#gap=x&zoom=b/a&tz=mars&with=other')).toMatchObject({ gap: 3, zoom: null, zone: 'utc', series: [] })
    expect(read('#units=co2:ppm,:x,y:,z').units).toEqual({ co2: 'ppm' })
    expect(read('#gap=-1')).toMatchObject({ gap: 3 })
    expect(read('#zoom=2020-01-02/2020-01-01')).toMatchObject({ zoom: null })
  })
})
