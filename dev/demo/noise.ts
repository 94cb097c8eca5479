import { hash } from 'node:crypto'

/** A number from -1 to 1 that depends on its arguments only. */
function randomAt(seed: string, step: number): number {
  return Number.parseInt(hash('sha256', `${seed} ${step}`).slice(0, 8), 16) / 0x7fffffff - 1
}

/** Remembers the last values of `randomAt`, because consecutive times share them. */
const cache = new Map<string, number>()
const CACHED = 1_000

function cachedAt(seed: string, step: number): number {
  const key = `${seed} ${step}`
  const value = cache.get(key) ?? randomAt(seed, step)
  if (cache.size >= CACHED) cache.clear()
  cache.set(key, value)
  return value
}

/** Smooth noise from -1 to 1 at a time (UNIX seconds), which changes its direction about every `period` seconds. */
export function noise(seed: string, time: number, period: number): number {
  const step = Math.floor(time / period)
  const part = time / period - step
  const weight = part * part * (3 - 2 * part)
  return cachedAt(seed, step) * (1 - weight) + cachedAt(seed, step + 1) * weight
}
