import { rename, writeFile } from 'node:fs/promises'

/** Writes a file that only its owner may read. It is renamed into place, so that a crash leaves the old file or the new one. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
