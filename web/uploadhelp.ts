import * as z from 'zod/mini'
import { copyButtons } from './parts/copy.ts'
import { byId, createElement, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'
import { arduinoSketch } from './uploadhelp/arduino.ts'
import { FORMATS } from './uploadhelp/body.ts'
import { curlCommand, javascriptProgram, pythonProgram, type UploadExample } from './uploadhelp/commands.ts'
import { ALGORITHMS, computeSaltedChecksum, headerOf } from './uploadhelp/digest.ts'

/** The page at /uploadhelp: commands that upload what is typed into it. */

const form = byId('upload', HTMLFormElement)
const url = byId('url', HTMLInputElement)
const token = byId('token', HTMLInputElement)
const salt = byId('salt', HTMLInputElement)
const algorithm = byId('algorithm', HTMLSelectElement)
const format = byId('format', HTMLSelectElement)
const data = byId('data', HTMLTextAreaElement)
const tryIt = byId('try', HTMLButtonElement)
const answerPlace = byId('answer', HTMLElement)

const problem = z.object({ detail: z.string() })

const PROGRAMS = { curl: curlCommand, python: pythonProgram, arduino: arduinoSketch, javascript: javascriptProgram }

/** Two rows of the last minutes. */
function sample(): string {
  const now = Math.floor(Date.now() / 1000)
  const columns = { time: [now - 60, now], sensor_temperature_c: [21.5, 21.7], sensor_humidity_percent: [48, 47.5] }
  return JSON.stringify(columns)
}

/** What the form says; null, and told at the data, where that is no table. */
function described(): UploadExample | null {
  const fault = byId('data-fault', HTMLElement)
  const chosen = ALGORITHMS.find(({ name }) => name === algorithm.value)
  const toBody = FORMATS[format.value]
  if (!chosen || !toBody) return null
  try {
    const body = toBody(data.value.toWellFormed())
    setStatus(fault, '')
    data.removeAttribute('aria-invalid')
    return { url: url.value, token: token.value.trim(), salt: salt.value, algorithm: chosen, body }
  } catch (error) {
    setStatus(fault, error instanceof Error ? error.message : String(error), 'bad')
    data.setAttribute('aria-invalid', 'true')
    return null
  }
}

function show(): void {
  const upload = described()
  tryIt.disabled = upload === null || !isOurs(upload.url)
  if (!upload) return
  byId('checksum-label', HTMLElement).textContent = headerOf(upload.algorithm)
  byId('checksum', HTMLOutputElement).value =
    upload.salt === ''
      ? 'type a salt to see it'
      : computeSaltedChecksum(upload.algorithm, upload.body.bytes, upload.salt)
  for (const [id, program] of Object.entries(PROGRAMS)) byId(id, HTMLElement).textContent = program(upload)
}

/** The page may talk to its own deployment alone. */
const isOurs = (address: string): boolean => URL.canParse(address) && new URL(address).origin === ROOT.origin

async function send(): Promise<void> {
  const upload = described()
  if (!upload) return
  const { body } = upload
  const headers = new Headers({ 'content-type': body.contentType })
  if (upload.token !== '') headers.set('authorization', `Bearer ${upload.token}`)
  if (upload.salt !== '') {
    headers.set(headerOf(upload.algorithm), computeSaltedChecksum(upload.algorithm, body.bytes, upload.salt))
  }
  setStatus(answerPlace, 'Sending.')
  try {
    const answer = await fetch(upload.url, { method: 'POST', headers, body: body.text ?? body.bytes.slice() })
    const said = await answer.text()
    if (answer.ok) {
      setStatus(answerPlace, `Stored: ${said} `, 'good')
      answerPlace.append(createElement('a', { href: new URL('download', ROOT).href }, 'See it'))
    } else setStatus(answerPlace, `${answer.status}: ${detailOf(said)}`, 'bad')
  } catch {
    setStatus(
      answerPlace,
      'There was no answer: is the network there? Repeating is safe, since the rows have times.',
      'bad',
    )
  }
}

/** The sentence of a problem; what is none is told as it is. */
function detailOf(said: string): string {
  try {
    const { data } = problem.safeParse(JSON.parse(said))
    return data?.detail ?? said
  } catch {
    return said
  }
}

url.value = new URL('upload', ROOT).href
data.value = sample()
algorithm.append(...ALGORITHMS.map(({ name }) => createElement('option', {}, name)))
format.append(...Object.keys(FORMATS).map((name) => createElement('option', {}, name)))
form.addEventListener('input', () => {
  setStatus(answerPlace, '')
  show()
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  send()
})
copyButtons(byId('copied', HTMLElement))
show()
