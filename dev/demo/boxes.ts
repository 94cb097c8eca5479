import { noise } from './noise.ts'

/** A value of a row; null if the sensor has none. */
export type Value = number | string | null

/** A box of the demo. Its values depend on the time (UNIX seconds) only, so that repeated uploads have the same rows. */
export interface DemoBox {
  name: string
  /** Degrees. openSenseMap creates no box without a position. */
  position: { readonly lat: number; readonly lon: number }
  /** Seconds between two rows. */
  interval: number
  /** Seconds of history. */
  history: number
  columns: Readonly<Record<string, (time: number) => Value>>
  /** Times before now, in seconds, between which the box sends nothing. */
  outage?: readonly [from: number, to: number]
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const round = (value: number, decimals = 1): number => Number(value.toFixed(decimals))
const limit = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

/** The hour of the day in UTC, with fractions. */
const hourOf = (time: number): number => (time % DAY) / HOUR
/** 1 January 1970 was a Thursday. */
const isWeekend = (time: number): boolean => [2, 3].includes(Math.floor(time / DAY) % 7)
/** 1 at `hour` of each day, and close to 0 from two `width` hours before and after. */
const peakAt = (time: number, hour: number, width: number): number => Math.exp(-(((hourOf(time) - hour) / width) ** 2))

/** Outdoor temperature: coldest at 5 and warmest at 15 o'clock, with weather that changes within two days. */
function outdoorCelsius(time: number): number {
  const day = -Math.cos(((hourOf(time) - 4) / 24) * 2 * Math.PI + 0.2)
  return 12 + 5.5 * day + 3 * noise('weather', time, 2 * DAY) + 0.5 * noise('wind', time, 20 * MINUTE)
}

const outdoorHumidity = (time: number): number =>
  limit(72 - 2.4 * (outdoorCelsius(time) - 12) + 6 * noise('moisture', time, 8 * HOUR), 25, 98)

/** Fine dust: more with heating in the evening, and with traffic on weekdays. */
const dust = (time: number, traffic: number): number =>
  limit(
    9 +
      5 * noise('air', time, 14 * HOUR) +
      4 * peakAt(time, 20, 2.5) +
      (isWeekend(time) ? 0.3 : 1) * traffic * (peakAt(time, 7.5, 1.2) + peakAt(time, 17, 1.6)) +
      noise('particles', time, 6 * MINUTE),
    1,
    150,
  )

const trafficDecibels = (time: number): number =>
  limit(
    41 +
      17 * Math.exp(-(((hourOf(time) - 13.5) / 7) ** 4)) * (isWeekend(time) ? 0.7 : 1) +
      4 * noise('cars', time, 7 * MINUTE),
    32,
    92,
  )

/** People in the office, from 0 to 1. */
const presence = (time: number): number =>
  isWeekend(time) ? 0 : limit(peakAt(time, 10, 1.6) + 0.9 * peakAt(time, 14.5, 1.8), 0, 1)
const isWindowOpen = (time: number): boolean => presence(time) > 0.5 && noise('window', time, 40 * MINUTE) > 0.35
const carbonDioxide = (time: number): number =>
  430 + presence(time) * (isWindowOpen(time) ? 260 : 720) + 25 * noise('breath', time, 10 * MINUTE)

/** Whether a sensor misses a reading: about one in eight hours. */
const isMissing = (sensor: string, time: number): boolean => noise(`${sensor} gap`, time, 90 * MINUTE) > 0.75

const NOTES = ['filter changed', 'window cleaned', 'sensor moved', 'plants watered']
/** A note at one time of a few hours. */
function noteAt(time: number): string | null {
  if (time % (6 * HOUR) !== 0) return null
  return NOTES[Math.floor(time / (6 * HOUR)) % (2 * NOTES.length)] ?? null
}

const WEEK: Pick<DemoBox, 'interval' | 'history'> = { interval: 5 * MINUTE, history: 7 * DAY }

/** The boxes with a week of history. */
export const HISTORY_BOXES: readonly DemoBox[] = [
  {
    name: 'garden',
    position: { lat: 48.5261, lon: 9.0432 },
    ...WEEK,
    outage: [4.2 * DAY, 2.7 * DAY],
    columns: {
      bme280_temperature_c: (time) => round(outdoorCelsius(time)),
      bme280_humidity_percent: (time) => round(outdoorHumidity(time)),
      sds011_pm25_ug_m3: (time) => round(dust(time, 3)),
    },
  },
  {
    name: 'street',
    position: { lat: 48.5203, lon: 9.0556 },
    ...WEEK,
    columns: {
      dht22_temperature_c: (time) => round(outdoorCelsius(time) + 1.4 + 0.4 * noise('asphalt', time, HOUR)),
      sds011_pm25_ug_m3: (time) => round(dust(time, 11)),
      sds011_pm10_ug_m3: (time) => round(1.6 * dust(time, 13) + 2 * noise('coarse', time, 15 * MINUTE) + 2),
      dnms_noise_db: (time) => round(trafficDecibels(time)),
    },
  },
  {
    name: 'office',
    position: { lat: 48.5352, lon: 9.0741 },
    ...WEEK,
    columns: {
      scd30_co2_ppm: (time) => (isMissing('scd30', time) ? null : Math.round(carbonDioxide(time))),
      scd30_temperature_c: (time) =>
        isMissing('scd30', time) ? null : round(20.5 + 2 * presence(time) + 0.4 * noise('heating', time, 2 * HOUR)),
      bme280_humidity_percent: (time) =>
        isMissing('bme280', time) ? null : round(41 + 5 * presence(time) + 3 * noise('indoor', time, 5 * HOUR)),
      window: (time) => (isWindowOpen(time) ? 'open' : 'closed'),
      note: noteAt,
    },
  },
]

/** The box that sends a row every second. */
export const LIVE_BOX: DemoBox = {
  name: 'workshop',
  position: { lat: 48.5189, lon: 9.0624 },
  interval: 1,
  history: 10 * MINUTE,
  columns: {
    bme280_temperature_c: (time) =>
      round(21 + 0.8 * noise('oven', time, 4 * MINUTE) + 0.1 * noise('draught', time, 7), 2),
    dnms_noise_db: (time) => round(52 + 9 * noise('saw', time, 25) ** 3 + 3 * noise('hammer', time, 2)),
    sds011_pm25_ug_m3: (time) => round(limit(14 + 9 * noise('sanding', time, 50) + noise('grain', time, 3), 1, 150)),
  },
}
