import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import * as z from 'zod'
import { plain } from './plain-text.ts'

/** A line of a log. */
export interface LogLine {
  /** ISO 8601. */
  timestamp: string
  /** The name of the function in serverless.yml, such as `upload`. */
  function: string
  /** What it wrote: an object if the line was JSON. */
  message: unknown
}

const structured = z.looseObject({ level: z.string(), message: z.string() })
/** Members that repeat others, or describe the logger. */
const OMITTED = ['timestamp', 'service', 'sampling_rate', 'xray_trace_id']

/** The text as JSON, if it is. */
export function parseMessage(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text.trimEnd()
  }
}

/** A line for people: time, function, level, sentence and the other members. In colour if `stream` is a terminal. */
export function formatLine({ timestamp, function: name, message }: LogLine, stream: Writable): string {
  const { data } = structured.safeParse(message)
  const start = `${timestamp} ${plain(name)}`
  if (!data) {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    return `${start} ${text.split('\n').map(plain).join('\n')}`
  }
  const { level, message: sentence, ...others } = data
  const members = Object.entries(others)
    .filter(([member, value]) => !OMITTED.includes(member) && value !== '')
    .map(([member, value]) => ` ${member}=${isWord(value) ? value : JSON.stringify(value)}`)
  return `${start} ${styleText(colourOf(level), plain(level), { stream })} ${plain(`${sentence}${members.join('')}`)}`
}

const isWord = (value: unknown): value is string => typeof value === 'string' && /^\S+$/.test(value)

/** The colour of a level on a terminal. */
export const colourOf = (level: string) =>
  level === 'ERROR' || level === 'CRITICAL' ? 'red' : level === 'WARN' ? 'yellow' : 'green'
