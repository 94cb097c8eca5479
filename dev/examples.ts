import { writeFile } from 'node:fs/promises'
import type { WalkThrough } from './fakes/fakes.ts'

/** Writes a file to upload: two measurements of a box with a position. Returns its path. */
export async function writeExampleFile(folder: string, now: number): Promise<string> {
  const file = `${folder}/example.csv`
  const rows = [60_000, 0].map((ago) => `${new Date(now - ago).toISOString()},garden,48.52,9.05,${612 + ago / 10_000}`)
  await writeFile(file, `time,box,lat,lon,scd30_co2_ppm\n${rows.join('\n')}\n`)
  return file
}

/** Commands to try Latchkey and the fakes, which are the same in sh, PowerShell and cmd. They contain no secret. */
export function exampleLines(file: string, providers: readonly WalkThrough[]): string {
  const sections: Pick<WalkThrough, 'title' | 'lines'>[] = [
    { title: 'Register a client and get an auth token', lines: ['npx latchkey clients create --name app --token'] },
    {
      title: 'Upload a file, list what is stored, and plot it with the admin token',
      lines: [`npx latchkey upload "${file}"`, 'npx latchkey series list', 'npx latchkey open data'],
    },
    ...providers,
  ]
  const texts = sections.map(({ title, lines }) => `${title}:\n\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
  return `\nPaste these lines into another terminal, in this folder.\n\n${texts.join('\n')}`
}
