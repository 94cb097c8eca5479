import { Argument, type Command } from 'commander'
import { noOptions, runCommand } from '../support/command.ts'
import { commandIo } from '../support/io.ts'
import { findAddress } from '../support/stage-address.ts'

/** Paths of the pages by their names. */
const PAGES: Readonly<Record<string, string>> = { home: '', data: 'download', upload: 'uploadhelp', api: 'docs' }

export function addOpen(program: Command): void {
  const command = program
    .command('open')
    .description('open a page of the stage in the browser, and print its address')
    .addArgument(
      new Argument('[page]', 'home (default), data, upload (help) or api (reference)').choices(Object.keys(PAGES)),
    )
  runCommand(command, ['open', 'open data --stage prod'], noOptions, async (where, _options, [page = 'home']) => {
    const url = new URL(PAGES[page] ?? '', await findAddress(where)).href
    const openUrl = commandIo().openUrl ?? (await import('open')).default
    await openUrl(url)
    return { json: { url }, text: url }
  })
}
