// @module-tag local-only
// Every test moves the clock.
import { afterEach, describe, expect, it } from 'vitest'
import { type Forwarding, filled, HOUR, MINUTE, POSTS, readings, startForwarding } from '../../support/forwarding.ts'

let on: Forwarding
const start = async (settings: Record<string, string> = {}) => {
  on = await startForwarding(settings)
}
afterEach(() => on.stop())

const here = { lat: [48.52], lon: [9.05] }
const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const theBox = () => [...on.osem.boxes.values()][0]
const POSITION = { OSEM_DEFAULT_POSITION: '48.52,9.05' }

describe('a forwarded measurement', () => {
  it('arrives once, in a box that Latchkey creates for it', async () => {
    await start()
    const time = ago(5_000)
    await on.upload({ box: ['indoor'], ...here, time: [time], scd30_co2_ppm: [612.34567], co2: [1] })
    expect(on.osem.calls).toEqual([])
    await on.forward()
    await on.later(MINUTE)
    expect(theBox()).toMatchObject({
      name: 'latchkey senseBox indoor',
      exposure: 'indoor',
      grouptag: ['latchkey'],
      sensors: [{ title: 'co2', unit: 'ppm', sensorType: 'scd30', icon: 'osem-not-available' }],
    })
    expect(on.osem.measurements).toEqual([
      {
        box: theBox()?._id,
        sensor: theBox()?.sensors[0]?._id,
        value: '612.346',
        createdAt: time,
        location: [9.05, 48.52],
      },
    ])
    expect(on.calls(POSTS)).toBe(1)
  })

  it('arrives once after overlapping uploads, before and after it was forwarded', async () => {
    await start(POSITION)
    const all = readings(9)
    const window = (from: number, to: number) => ({
      time: all.time.slice(from, to),
      scd30_co2_ppm: all.scd30_co2_ppm.slice(from, to),
    })
    await on.upload(window(2, 6))
    await on.upload(window(0, 4))
    await on.forward()
    await on.upload(window(3, 8))
    await on.upload(window(5, 9))
    await on.later(MINUTE)
    await on.upload(all)
    await on.later(MINUTE)
    expect(on.osem.measurements.map(({ value }) => Number(value)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('arrives once after repeated uploads', async () => {
    await start(POSITION)
    const table = readings(3)
    await on.upload(table)
    await on.upload(table)
    await on.forward()
    await on.upload(table)
    await on.later(MINUTE)
    expect(on.arrived()).toEqual(['generic co2 0', 'generic co2 1', 'generic co2 2'])
  })

  it('is not sent if it was uploaded while forwarding was off', async () => {
    await start({ ...POSITION, OSEM_UPLOAD: '' })
    await on.upload(readings(1))
    await on.forward()
    process.env['OSEM_UPLOAD'] = 'true'
    await on.latchkey.anotherContainer()
    await on.later(MINUTE)
    expect(on.osem.calls).toEqual([])
  })

  it('is stored even if openSenseMap does not respond', async () => {
    await start(POSITION)
    on.osem.plan = () => 'never answered'
    await on.upload(readings(1))
    expect(await on.latchkey.rows(on.clientId, { cols: 'scd30_co2_ppm' })).toEqual([{ scd30_co2_ppm: 0 }])
    expect(on.osem.calls).toEqual([])
  })

  it('without a time has the time of receipt, and waits until its upload is final', async () => {
    await start(POSITION)
    const received = ago(0)
    await on.upload({ scd30_co2_ppm: [7] })
    await on.later(30_000)
    expect(on.osem.measurements).toEqual([])
    await on.later(30_000)
    expect(on.osem.measurements).toMatchObject([{ value: '7', createdAt: received }])
  })

  it('waits until its own time, while others are sent', async () => {
    await start(POSITION)
    const soon = ago(-30 * MINUTE)
    await on.upload({ time: [ago(0), soon], scd30_co2_ppm: [1, 2] })
    await on.upload({ time: [ago(-48 * HOUR)], scd30_co2_ppm: [3] })
    await on.forward()
    await on.upload({ time: [ago(0)], sht31_humidity_percent: [50] })
    await on.later(5 * MINUTE)
    expect(on.arrived()).toEqual(['generic co2 1', 'generic humidity 50'])
    await on.later(26 * MINUTE)
    expect(on.osem.measurements.slice(2)).toMatchObject([{ value: '2', createdAt: soon }])
    await on.later(48 * HOUR)
    expect(on.osem.measurements).toHaveLength(3)
  })

  it('is sent only if it is a number, or text with a number', async () => {
    await start(POSITION)
    const values = ['21.5', 'off', true, null, -0.0001, 1e-9, 1e21, 12345.6789]
    const time = values.map((_, row) => ago(MINUTE - row))
    await on.upload({ time, a_b_c: values })
    await on.forward()
    expect(on.osem.measurements.map(({ value }) => value)).toEqual(['21.5', '0', '0', '1e+21', '12345.679'])
  })
})

describe('forwarded columns', () => {
  it('become sensors if their names describe readings', async () => {
    await start()
    const time = [ago(0)]
    const columns = { bmp_pressure_hPa: [1013], SHT31_Temperature_C: [21], sds_pm10_ug_m3: [4], x_moisture_perc: [3] }
    await on.upload({
      ...here,
      time,
      height: [340.12349],
      ...columns,
      co2: [1],
      sensor_: [1],
      a__b: [1],
      note_x: ['a'],
    })
    await on.forward()
    const sensors = theBox()?.sensors.map(({ title, unit, sensorType, icon }) => [sensorType, title, unit, icon])
    expect(sensors?.toSorted()).toEqual([
      ['bmp', 'pressure', 'hPa', 'osem-not-available'],
      ['sds', 'pm10', 'ug_m3', 'osem-not-available'],
      ['sht31', 'temperature', '°C', 'osem-temperature-celsius'],
      ['x', 'moisture', '%', 'osem-moisture'],
    ])
    expect(on.osem.measurements.map(({ location }) => location)).toEqual(filled(4, [9.05, 48.52, 340.1235]))
  })

  it('are added to a box, or matched regardless of letter case and icon', async () => {
    await start()
    const sensors = [{ title: 'CO2', unit: 'ppm', sensorType: 'SCD30', icon: 'osem-cloud' }]
    const { _id } = on.osem.addBox({ name: 'latchkey senseBox lab', sensors })
    await on.upload({ box: ['lab'], time: [ago(0)], SCD30_CO2_ppm: [1], scd30_temperature_c: [20] })
    await on.forward()
    expect([...on.osem.boxes.keys()]).toEqual([_id])
    expect(theBox()?.sensors.map(({ title }) => title)).toEqual(['CO2', 'temperature'])
    expect(on.arrived().toSorted()).toEqual(['lab CO2 1', 'lab temperature 20'])
    expect(theBox()).toMatchObject({ exposure: 'mobile', grouptag: ['latchkey'] })
    await on.upload({ box: ['lab'], time: [ago(0)], Scd30_Co2_PPM: [2] })
    await on.later(MINUTE)
    expect(on.calls('PUT /boxes/:id')).toBe(1)
    expect(on.calls('GET /users/me/boxes')).toBe(1)
  })

  it('are selected by the settings, as boxes and clients are', async () => {
    await start({ ...POSITION, OSEM_BOXES: 'public-.*', OSEM_COLUMNS: '.*_co2_.*' })
    const table = { scd30_co2_ppm: filled(2, 1), scd30_secret_x: filled(2, 2) }
    await on.upload({ time: [ago(2), ago(1)], box: ['public-1', 'private'], ...table })
    await on.forward()
    expect(on.arrived()).toEqual(['public-1 co2 1'])
    process.env['OSEM_CLIENTS'] = 'another,one'
    await on.latchkey.anotherContainer()
    await on.upload({ time: [ago(0)], box: ['public-2'], scd30_co2_ppm: [5] })
    await on.later(MINUTE)
    expect(on.arrived()).toHaveLength(1)
  })
})

describe('forwarded boxes', () => {
  it('are named after the column, never after a participant', async () => {
    await start(POSITION)
    const token = await on.latchkey.token(on.clientId, { participant_id: 'jane' })
    const rows = { time: [ago(2), ago(1)], box: [null, 0], scd30_co2_ppm: [1, 2] }
    await on.latchkey.upload(token, JSON.stringify(rows))
    await on.forward()
    expect(on.arrived().toSorted()).toEqual(['0 co2 2', 'generic co2 1'])
    expect(JSON.stringify([...on.osem.boxes.values()])).not.toContain('jane')
  })

  it('wait for a position, then send all their measurements', async () => {
    await start()
    await on.upload({ ...readings(2), box: filled(2, 'far') })
    await on.upload({ ...readings(1, 5), box: ['near'], ...here })
    await on.upload({ time: [ago(9_000)], scd30_co2_ppm: [3], box: ['far'], lat: [120], lon: [9] })
    await on.forward()
    await on.later(MINUTE)
    expect(on.arrived()).toEqual(['near co2 5'])
    await on.upload({ time: [ago(0)], scd30_co2_ppm: [9], box: ['far'], lat: [-33.4], lon: [151.2] })
    await on.later(MINUTE)
    expect(on.arrived().slice(1).toSorted()).toEqual(['far co2 0', 'far co2 1', 'far co2 3', 'far co2 9'])
    expect([...on.osem.boxes.values()].map(({ currentLocation }) => currentLocation.coordinates)).toContainEqual([
      151.2, -33.4,
    ])
  })

  it('move with their measurements, but not beyond the maximum step', async () => {
    await start({ OSEM_MAX_POSITION_CHANGE: '0.5' })
    const row = (lat: number, lon: number, value: number) =>
      on.upload({ time: [ago(0)], lat: [lat], lon: [lon], scd30_co2_ppm: [value] })
    await row(10, 179.9, 1)
    await on.forward()
    await on.later(MINUTE)
    await row(10.2, -179.8, 2)
    await on.later(MINUTE)
    await row(40, -179.8, 3)
    await on.forward()
    expect(on.osem.measurements.map(({ location }) => location)).toEqual([[179.9, 10], [-179.8, 10.2], undefined])
    expect(theBox()?.currentLocation.coordinates).toEqual([-179.8, 10.2])
  })

  it('have the link, name and description from the settings, also after a change', async () => {
    await start({ ...POSITION, OSEM_NAME: 'Moor', OSEM_WEBLINK: 'https://moor.example/' })
    await on.upload(readings(1))
    await on.forward()
    expect(theBox()).toMatchObject({
      name: 'Moor senseBox generic',
      weblink: 'https://moor.example/',
      grouptag: ['Moor'],
    })
    process.env['OSEM_WEBLINK'] = 'https://moor.example/new'
    await on.latchkey.anotherContainer()
    await on.upload(readings(1, 5))
    await on.later(MINUTE)
    expect(theBox()?.weblink).toBe('https://moor.example/new')
    expect(on.osem.measurements).toHaveLength(2)
    expect(on.osem.boxes.size).toBe(1)
  })

  it('that require an access token receive it, also after it changed', async () => {
    await start()
    const box = on.osem.addBox({ name: 'latchkey senseBox generic', useAuth: true })
    await on.upload(readings(1))
    await on.forward()
    box.access_token = 'f'.repeat(64)
    await on.upload(readings(1, 5))
    await on.later(MINUTE)
    expect(on.arrived()).toEqual(['generic co2 0'])
    await on.later(MINUTE)
    expect(on.arrived()).toEqual(['generic co2 0', 'generic co2 5'])
  })

  it('are created again after their deletion on the website, as are sensors', async () => {
    await start(POSITION)
    await on.upload(readings(1))
    await on.forward()
    on.osem.boxes.clear()
    await on.upload(readings(1, 5))
    await on.later(MINUTE)
    await on.later(MINUTE)
    expect(on.arrived().at(-1)).toBe('generic co2 5')
    theBox()?.sensors.splice(0)
    await on.upload(readings(1, 6))
    await on.later(MINUTE)
    await on.later(MINUTE)
    expect(on.arrived().at(-1)).toBe('generic co2 6')
    expect(on.osem.boxes.size).toBe(1)
  })

  it('are created once by concurrent runs', async () => {
    await start(POSITION)
    await on.upload({ ...readings(40), box: Array.from({ length: 40 }, (_, row) => `b${row % 4}`) })
    await Promise.all([on.forward(), on.forward(), on.forward()])
    expect(on.osem.boxes.size).toBe(4)
    expect(on.arrived().toSorted()).toEqual([...new Set(on.arrived())].toSorted())
    expect(on.arrived()).toHaveLength(40)
  })
})

describe('posts', () => {
  it('contain the measurements of several uploads', async () => {
    await start(POSITION)
    for (let minute = 30; minute > 0; minute -= 1) await on.upload(readings(2, minute * 10, minute * MINUTE))
    await on.forward()
    expect(on.osem.measurements).toHaveLength(60)
    expect(on.calls(POSTS)).toBe(1)
  })

  it('contain at most 2,500 measurements each', async () => {
    await start(POSITION)
    const { time, scd30_co2_ppm } = readings(3_000)
    await on.upload({ time, scd30_co2_ppm, scd30_t_c: scd30_co2_ppm })
    await on.forward()
    expect(on.calls(POSTS)).toBe(3)
    expect(on.osem.measurements).toHaveLength(6_000)
    expect(new Set(on.arrived()).size).toBe(6_000)
  })

  it('respect the rate limit, and continue in the next minute', async () => {
    await start({ ...POSITION, OSEM_POSTS_PER_MINUTE: '15' })
    on.osem.rateLimit.posts = 15
    const boxes = Array.from({ length: 20 }, (_, row) => `box ${row}`)
    for (const name of boxes) on.osem.addBox({ name: `latchkey senseBox ${name}` })
    await on.upload({ ...readings(20), box: boxes })
    await on.forward()
    expect(on.osem.measurements).toHaveLength(15)
    await on.later(MINUTE + 1_000)
    expect(on.osem.measurements).toHaveLength(20)
    expect(on.calls(POSTS)).toBe(20)
  })

  it('omit measurements closer together than OSEM_MIN_SECONDS_BETWEEN_UPLOADS', async () => {
    await start({ ...POSITION, OSEM_MIN_SECONDS_BETWEEN_UPLOADS: '10' })
    await on.upload(readings(25))
    await on.forward()
    await on.upload(readings(25, 100, MINUTE - 25_000))
    await on.later(MINUTE)
    expect(on.arrived().map((each) => Number(each.split(' ')[2]))).toEqual([0, 10, 20, 105, 115])
  })
})

it('forwarding works with the successor API', async () => {
  await start({ OSEM_WEBLINK: 'https://moor.example/' })
  on.osem.generation = 'successor'
  for (let box = 0; box < 7; box += 1) on.osem.addBox({ name: `other ${box}` })
  on.osem.addBox({ name: 'latchkey senseBox lab', useAuth: true })
  await on.upload({ ...readings(3), box: ['lab', 'x'.repeat(200), 'indoor'], lat: filled(3, 1), lon: filled(3, 2) })
  await on.forward()
  expect(on.osem.measurements).toHaveLength(3)
  on.osem.expireTokens()
  await on.upload({ ...readings(1, 5), box: ['another'], ...here })
  await on.later(MINUTE)
  expect(on.osem.measurements).toHaveLength(4)
  expect(on.calls('POST /users/sign-in')).toBe(1)
})
