import { readdirSync, readFileSync } from 'node:fs'
import type { Operation } from './operation.ts'
import { TAGS } from './tags.ts'

const root = new URL('../../', import.meta.url)

/** Routes in the order of serverless.yml. */
const ROUTES = [...readFileSync(new URL('serverless.yml', root), 'utf8').matchAll(/^ +- httpApi: ([A-Z]+ \S+)$/gm)].map(
  ([, route = '']) => route,
)

const files = readdirSync(new URL('functions/', root)).filter((file) => file.endsWith('.docs.ts'))
const modules = await Promise.all(
  files.map(async (file) => {
    const { operations }: { operations?: readonly Operation[] } = await import(new URL(`functions/${file}`, root).href)
    if (!operations) throw new Error(`functions/${file} does not export operations`)
    for (const { route } of operations)
      if (!ROUTES.includes(route)) throw new Error(`functions/${file} describes ${route}, which serverless.yml lacks`)
    return operations
  }),
)

const names: readonly string[] = TAGS.map(({ name }) => name)
const rank = ({ tag, route }: Operation) => names.indexOf(tag) * ROUTES.length + ROUTES.indexOf(route)

/** Every operation that functions/*.docs.ts describe: by tag, then in the order of serverless.yml. */
export const OPERATIONS: readonly Operation[] = modules.flat().toSorted((left, right) => rank(left) - rank(right))
