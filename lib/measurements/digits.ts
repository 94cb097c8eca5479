const [ZERO, MINUS, POINT] = [48, 45, 46]
const UNITS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6]
/** Larger integers are not 32-bit integers, which are divided several times as fast. */
const MAX_INTEGER = 2 ** 31 - 1

/**
 * Returns a function that writes the numbers of a column as `String` does, and returns the position after the number. Short
 * decimals take about half the time. Only one decimal of so few digits is read back as the same double, so `String` writes
 * that one, too.
 */
export function makeNumberWriter(): (bytes: Uint8Array, start: number, value: number) => number {
  // Most numbers of a column have as many decimals as those before them, or fewer.
  let decimals = 0
  return (bytes, start, value) => {
    const magnitude = Math.abs(value)
    for (let tried = decimals; tried < UNITS.length; tried += 1) {
      const unit = UNITS[tried] ?? 1
      const integer = Math.round(magnitude * unit)
      if (integer > MAX_INTEGER) break
      if (integer / unit !== magnitude) continue
      decimals = tried
      if (value < 0) bytes[start] = MINUS
      return writeDecimal(bytes, value < 0 ? start + 1 : start, integer | 0, tried)
    }
    return writeText(bytes, start, String(value))
  }
}

/** Writes a text. Returns the position after it; NaN if a character is beyond U+00FF. */
export function writeText(bytes: Uint8Array, start: number, text: string): number {
  let seen = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    seen |= code
    bytes[start + index] = code
  }
  return seen > 0xff ? Number.NaN : start + text.length
}

/** Writes a 32-bit integer in units of the last of some decimals, without zeros at the end of the decimals. */
function writeDecimal(bytes: Uint8Array, start: number, integer: number, decimals: number): number {
  let places = decimals
  let rest = integer
  for (; places > 0; places -= 1) {
    const quotient = (rest / 10) | 0
    if (quotient * 10 !== rest) break
    rest = quotient
  }
  let digits = places + 1
  for (let limit = UNITS[digits] ?? 1e7; rest >= limit; limit *= 10) digits += 1
  const end = start + digits + (places > 0 ? 1 : 0)
  const point = end - 1 - places
  for (let index = end - 1; index >= start; index -= 1) {
    if (places > 0 && index === point) bytes[index] = POINT
    else {
      const quotient = (rest / 10) | 0
      bytes[index] = ZERO + rest - quotient * 10
      rest = quotient
    }
  }
  return end
}
