import { readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)
const FUNCTION = /^ {2}(\w+):\n {4}handler: .+\n {4}alarmGroup: (\w+)$/gm
const GROUP_ROW = /^\| ([A-Z]\w+) \| [^|]+ \| (.+) \|$/gm

/** docs/operations/runbook.md, with the functions of each alarm group as serverless.yml defines them. */
export function runbook(): Record<string, string> {
  const path = 'docs/operations/runbook.md'
  const definitions = [...readFileSync(new URL('serverless.yml', root), 'utf8').matchAll(FUNCTION)]
  const text = readFileSync(new URL(path, root), 'utf8').replace(GROUP_ROW, (row, group: string, users: string) => {
    const names = definitions.filter((definition) => definition[2] === group).map(([, name]) => `\`${name}\``)
    return names.length > 0 ? `| ${group} | ${names.join(', ')} | ${users} |` : row
  })
  return { [path]: text }
}
