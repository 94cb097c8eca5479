import * as z from 'zod/mini'
import { copyButtons } from './parts/copy.ts'
import { byId, createElement, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'
import { arduinoSketch } from './uploadhelp/arduino.ts'
import { FORMATS } from './uploadhelp/body.ts'
import { curlCommand, javascriptProgram, pythonProgram, type UploadExample } from './uploadhelp/commands.ts'
import { ALGORITHMS, computeSaltedChecksum, headerOf } from './uploadhelp/digest.ts'

/** The page at /uploadhelp: makes commands that upload the data of its form. */

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

/** Two rows of the last two minutes. */
function sample(): string {
  const now = Math.floor(Date.now() / 1000)
  const columns = { time: [now - 60, now], sensor_temperature_c: [21.5, 21.7], sensor_humidity_percent: [48, 47.5] }
  return JSON.stringify(columns)
}

/** The upload that the form describes; null if the data are not a table, which is shown at the field. */
function readForm(): UploadExample | null {
  const dataError = byId('data-fault', HTMLElement)
  const chosen = ALGORITHMS.find(({ name }) => name === algorithm.value)
  const toBody = FORMATS[format.value]
  if (!chosen || !toBody) return null
  try {
    const body = toBody(data.value.toWellFormed())
    setStatus(dataError, '')
    data.removeAttribute('aria-invalid')
    return { url: url.value, token: token.value.trim(), salt: salt.value, algorithm: chosen, body }
  } catch (error) {
    setStatus(dataError, error instanceof Error ? error.message : String(error), 'bad')
    data.setAttribute('aria-invalid', 'true')
    return null
  }
}

function show(): void {
  const upload = readForm()
  tryIt.disabled = upload === null || !isOurs(upload.url)
  if (!upload) return
  byId('checksum-label', HTMLElement).textContent = headerOf(upload.algorithm)
  byId('checksum', HTMLOutputElement).value =
    upload.salt === ''
      ? 'enter a salt to see the checksum'
      : computeSaltedChecksum(upload.algorithm, upload.body.bytes, upload.salt)
  for (const [id, program] of Object.entries(PROGRAMS)) byId(id, HTMLElement).textContent = program(upload)
}

/** The policy of the page allows requests to its own deployment only. */
const isOurs = (address: string): boolean => URL.canParse(address) && new URL(address).origin === ROOT.origin

async function send(): Promise<void> {
  const upload = readForm()
  if (!upload) return
  const { body } = upload
  const headers = new Headers({ 'content-type': body.contentType })
  if (upload.token !== '') headers.set('authorization', `Bearer ${upload.token}`)
  if (upload.salt !== '') {
    headers.set(headerOf(upload.algorithm), computeSaltedChecksum(upload.algorithm, body.bytes, upload.salt))
  }
  setStatus(answerPlace, 'Sending.')
  try {
    const response = await fetch(upload.url, { method: 'POST', headers, body: body.text ?? body.bytes.slice() })
    const text = await response.text()
    if (response.ok) {
      setStatus(answerPlace, `Stored: ${text} `, 'good')
      answerPlace.append(createElement('a', { href: new URL('download', ROOT).href }, 'See it'))
    } else setStatus(answerPlace, `${response.status}: ${detailOf(text)}`, 'bad')
  } catch {
    setStatus(
      answerPlace,
      'Latchkey did not respond. Check the network, then try again: rows with times are stored once.',
      'bad',
    )
  }
}

/** The detail of problem details; the whole text for any other response. */
function detailOf(text: string): string {
  try {
    const { data } = problem.safeParse(JSON.parse(text))
    return data?.detail ?? text
  } catch {
    return text
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
