import { createElement } from '../parts/dom.ts'
import type { Description } from './request.ts'

/** The id that openapi-explorer gives an operation. */
export const elementId = (method: string, path: string): string => `${method}-${path.replace(/[\s#:?&={}]/g, '-')}`

/** Adds the chapters and operations to the menu that small screens have instead of the side bar. */
export function fillMenu(select: HTMLSelectElement, { paths, tags }: Description, open: (id: string) => void): void {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, tag: operation.tags[0] })),
  )
  select.append(new Option('Overview', 'overview'), new Option('Credentials', 'auth'))
  for (const { name } of tags) {
    const options = operations
      .filter(({ tag }) => tag === name)
      .map(({ method, path }) => new Option(`${method.toUpperCase()} ${path}`, elementId(method, path)))
    select.append(createElement('optgroup', { label: name }, ...options))
  }
  const route = new URLSearchParams(location.hash.replace(/^#\??/, '')).get('route')
  if (route !== null) select.value = route
  select.addEventListener('change', () => open(select.value))
}
