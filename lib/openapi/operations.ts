import { readdirSync, readFileSync } from 'node:fs'
import type { Handler } from '../http/endpoint.ts'
import type { Operations, RoutedOperation } from './operation.ts'
import { TAGS } from './tags.ts'

const root = new URL('../../', import.meta.url)

/** Routes in the order of serverless.yml. */
const ROUTES = [...readFileSync(new URL('serverless.yml', root), 'utf8').matchAll(/^ +- httpApi: ([A-Z]+ \S+)$/gm)].map(
  ([, route = '']) => route,
)

type Lambda = Handler | { handlers: Readonly<Record<string, Handler>> }

const folder = new URL('functions/', root)
const modules = await Promise.all(
  readdirSync(folder)
    .filter((file) => file.endsWith('.docs.ts'))
    .map(async (file): Promise<RoutedOperation[]> => {
      const { operations }: { operations?: Operations } = await import(new URL(file, folder).href)
      const { handler: lambda }: { handler: Lambda } = await import(new URL(file.replace('.docs', ''), folder).href)
      if (!operations) throw new Error(`functions/${file} does not export operations`)
      return Object.entries(operations).map(([route, operation]) => {
        if (!ROUTES.includes(route)) throw new Error(`functions/${file} describes ${route}, which serverless.yml lacks`)
        const handler =
          'handlers' in lambda ? (lambda.handlers[route] ?? lambda.handlers[route.split(' ')[0] ?? '']) : lambda
        if (!handler) throw new Error(`functions/${file} describes ${route}, which has no handler`)
        return { ...operation, route, handler }
      })
    }),
)

const names: readonly string[] = TAGS.map(({ name }) => name)
const rank = ({ tag, route }: RoutedOperation) => names.indexOf(tag) * ROUTES.length + ROUTES.indexOf(route)

/** Every operation that functions/*.docs.ts describe: by tag, then in the order of serverless.yml. */
export const OPERATIONS: readonly RoutedOperation[] = modules.flat().toSorted((left, right) => rank(left) - rank(right))
