/** A position on Earth: degrees (WGS 84) and metres above sea level. */
export interface Position {
  lat: number
  lon: number
  height?: number | undefined
}

/** Whether these are valid degrees of latitude and longitude. */
export const isInRange = (lat: number, lon: number): boolean => Math.abs(lat) <= 90 && Math.abs(lon) <= 180

/** Whether two positions are more than `degrees` apart, north or east. East is measured the short way around. */
export function isJump(from: Position, to: Position, degrees: number): boolean {
  const east = Math.abs(to.lon - from.lon)
  return Math.abs(to.lat - from.lat) > degrees || Math.min(east, 360 - east) > degrees
}

/** The coordinates of a GeoJSON point: longitude first (RFC 7946 section 3.1.1). */
export const coordinates = ({ lat, lon, height }: Position): number[] => [
  lon,
  lat,
  ...(height === undefined ? [] : [height]),
]
