import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { packageTemplate } from '../package-template.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Sections of the document, in this order. */
const SECTIONS = [
  'Requests',
  'Uploads',
  'Downloads',
  'Exports',
  'Submissions',
  'Files',
  'Access',
  'Attestation',
  'Calls',
  'openSenseMap',
]

interface Limit {
  section: string
  meaning: string
  value: string
}

const throttle = z.object({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() })
const template = z.object({
  Resources: z.object({
    HttpApiStage: z.object({
      Properties: z.object({ DefaultRouteSettings: throttle, RouteSettings: z.record(z.string(), throttle) }),
    }),
  }),
})

/** The document of all limits: those in the source, and the rate limits of routes in the CloudFormation template. */
export const generateLimits = async (): Promise<Record<string, string>> => ({
  'docs/reference/limits.md': limitsReference(await packageTemplate('local')),
})

const HEADER = `# Limits

<!-- Written by \`npm run docs -- --write\` from the \`@limit\` comments of lib/ and functions/, and from serverless.yml. -->

API Gateway accepts 10,240 bytes of request line and headers together; its error is 431. A long list of \`cols\` can reach
that. A request beyond another limit gets an error that names it. [Settings](settings.md) are limited as described there.
`

function limitsReference(templateFile: string): string {
  const limits = sourceFiles().flatMap((file) => limitsIn(file, readFileSync(root + file, 'utf8')))
  const sections = SECTIONS.map((title) => {
    const rows = limits.filter(({ section }) => section === title).map(({ meaning, value }) => [value, meaning])
    return section(title, table(['limit', 'what it limits'], rows))
  })
  return `${[HEADER.trimEnd(), ...sections, rateLimits(templateFile)].join('\n\n')}\n`
}

const sourceFiles = (): string[] =>
  ['lib', 'functions'].flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
      .toSorted(),
  )

/** `@limit <section> | <meaning>` ends the comment above a line with a number. */
const TAG = /@limit (?<section>[^|\n]+?) \| (?<meaning>[^|]+?)\s*\*\/\n(?<line>.*)/g
const NUMBER = /(?<name>\w+)(?:: \w+ =|:| =) (?<factors>\d[\d_]*(?: \* \d[\d_]*)*)/

/** The limits that a source file tags. Throws for a tag that is not as above. */
export function limitsIn(file: string, source: string): Limit[] {
  const limits = [...source.matchAll(TAG)].map(({ groups: { section = '', meaning = '', line = '' } = {} }) => {
    const { name = '', factors } = NUMBER.exec(line)?.groups ?? {}
    if (factors === undefined) throw new Error(`${file}: there is no number below "@limit ${section} | ${meaning}".`)
    if (!SECTIONS.includes(section)) throw new Error(`${file}: @limit must name one of ${SECTIONS.join(', ')}.`)
    const number = factors.split(' * ').reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1)
    const value = /(?:_MS|Ms)$/.test(name) ? duration(number) : number.toLocaleString('en')
    return { section, meaning: meaning.replaceAll(/\s*\n\s*\* /g, ' '), value }
  })
  const tags = source.split('@limit').length - 1
  if (limits.length < tags) throw new Error(`${file}: write "@limit <section> | <meaning>" at the end of a comment.`)
  return limits
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** Milliseconds in the largest unit that leaves no rest. */
function duration(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => milliseconds % length === 0) ?? ['millisecond', 1]
  const amount = milliseconds / size
  return `${amount.toLocaleString('en')} ${unit}${amount === 1 ? '' : 's'}`
}

function rateLimits(templateFile: string): string {
  const { Resources } = template.parse(JSON.parse(readFileSync(templateFile, 'utf8')))
  const { DefaultRouteSettings, RouteSettings } = Resources.HttpApiStage.Properties
  const routes = Object.entries(RouteSettings).filter(([route]) => !route.endsWith('/'))
  const rows = [...routes, ['each other route', DefaultRouteSettings] as const].map(
    ([route, { ThrottlingRateLimit, ThrottlingBurstLimit }]) => [
      route.includes(' /') ? `\`${route}\`` : route,
      ThrottlingRateLimit.toLocaleString('en'),
      ThrottlingBurstLimit.toLocaleString('en'),
    ],
  )
  const intro =
    'Each route has its own rate, which all callers share; beyond it, API Gateway responds with 429. A burst is a number ' +
    'of requests at once. `RATE` and `BURST` set the last row.'
  return section('Rate limits of routes', intro, table(['route', 'requests per second', 'burst'], rows))
}

const section = (title: string, ...paragraphs: string[]): string => [`## ${title}`, ...paragraphs].join('\n\n')

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
