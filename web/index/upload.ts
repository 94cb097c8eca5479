import { byId, createElement, setStatus } from '../parts/dom.ts'
import { formatSecond } from '../parts/format.ts'
import { table } from '../parts/tables.ts'
import { uploadToken } from './access.ts'
import { type FileUpload, type Uploaded, upload } from './requests.ts'
import { count, list, message } from './text.ts'

/** The form that uploads a file, after a preview of what Latchkey reads in it. */

const form = byId('upload', HTMLFormElement)
const drop = byId('drop', HTMLElement)
const fileInput = byId('file', HTMLInputElement)
const status = byId('upload-status', HTMLElement)
const preview = byId('preview', HTMLElement)
const send = byId('send', HTMLButtonElement)
const box = byId('box', HTMLInputElement)
const timeColumn = byId('time-column', HTMLSelectElement)
const delimiter = byId('delimiter', HTMLSelectElement)

/** An upload of 6 MB is accepted, of which JSON in the event of Lambda takes a part. */
const MAX_BYTES = 5_000_000

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/csv',
  txt: 'text/csv',
  dat: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
}

let file: File | null = null
/** The number of the last preview: responses of earlier ones are ignored. */
let current = 0

/** The upload that the form describes; null without a file. Throws an error for people. */
function readForm(): FileUpload | null {
  if (!file) return null
  const contentType = TYPES[/[^.]*$/.exec(file.name)?.[0].toLowerCase() ?? '']
  if (contentType === undefined) {
    throw new Error(
      `The name of the file must end in ${Object.keys(TYPES)
        .map((type) => `.${type}`)
        .join(', ')}.`,
    )
  }
  if (file.size > MAX_BYTES)
    throw new Error('The file has more than 5 MB: use npx latchkey upload, which sends it in parts.')
  const isCsv = contentType === 'text/csv'
  delimiter.disabled = !isCsv
  const parameters = { box: box.value.trim(), time_column: timeColumn.value, delimiter: isCsv ? delimiter.value : '' }
  return { content: file, contentType, parameters }
}

/** Whether the last preview found rows. */
let previewed: Promise<boolean> = Promise.resolve(false)

/** Shows what Latchkey would store. */
export function showPreview(): void {
  current += 1
  previewed = makePreview(current)
}

/** Returns whether there are rows to store. The button stays enabled meanwhile, because a click on it changes a field first. */
async function makePreview(turn: number): Promise<boolean> {
  try {
    const chosen = readForm()
    if (!chosen) {
      setStatus(status, 'Choose a file.')
      return false
    }
    setStatus(status, 'Reading.')
    const parameters = { ...chosen.parameters, dry_run: 'true' }
    const outcome = await upload(await uploadToken(), { ...chosen, parameters })
    if (turn !== current) return false
    drawPreview(outcome)
    const rows = outcome.dry_run?.rows ?? 0
    setStatus(status, `Latchkey reads ${count(rows, 'row')}. Nothing is stored yet.`, 'good')
    send.disabled = rows === 0
    return rows > 0
  } catch (error) {
    if (turn !== current) return false
    send.disabled = true
    preview.replaceChildren()
    setStatus(status, message(error), 'bad')
    return false
  }
}

function drawPreview({ dry_run, warnings }: Uploaded): void {
  if (!dry_run) return
  const { columns, time_column, sources, first, last } = dry_run
  const wanted = timeColumn.value
  timeColumn.replaceChildren(
    createElement('option', { value: '' }, 'found automatically'),
    ...columns.map(({ name }) => createElement('option', { value: name }, name)),
  )
  timeColumn.value = columns.some(({ name }) => name === wanted) ? wanted : ''
  const range = first && last ? `, from ${formatSecond(first)} to ${formatSecond(last)} UTC` : ''
  const times =
    time_column === null ? 'None: each row gets the time of its receipt' : `The column ${time_column}${range}`
  const facts = createElement(
    'dl',
    { className: 'facts' },
    createElement('dt', {}, 'Times'),
    createElement('dd', {}, `${times}.`),
    createElement('dt', {}, sources.length === 1 ? 'Box' : 'Boxes'),
    createElement(
      'dd',
      {},
      sources.slice(0, 10).join(', ') + (sources.length > 10 ? `, ${sources.length - 10} more` : ''),
    ),
  )
  const rows = columns.map(({ name, type, nulls, unit = '' }) => [
    name,
    name === time_column ? 'time' : type,
    unit,
    nulls === 0 ? '' : nulls.toLocaleString('en'),
  ])
  preview.replaceChildren(
    facts,
    table('Columns of the file', ['Column', 'Read as', 'Unit', 'Missing values'], rows),
    ...(warnings.length === 0 ? [] : [createElement('p', {}, 'Warnings:'), list(warnings)]),
  )
}

/** A repeat of the same upload has the same key, so that rows without times are stored once. */
async function keyOf({ content, parameters }: FileUpload): Promise<string | undefined> {
  // Pages without TLS have no digests, except on this machine.
  if (!globalThis.isSecureContext) return undefined
  const bytes = await new Blob([content, JSON.stringify(parameters)]).arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function store(onStored: () => void): Promise<void> {
  // A preview of the last change may be on its way.
  if (!(await previewed)) return
  const chosen = readForm()
  if (!chosen) return
  send.disabled = true
  setStatus(status, 'Uploading.')
  try {
    const outcome = await upload(await uploadToken(), chosen, await keyOf(chosen))
    setStatus(status, `${count(outcome['saved-in-db'], 'row')} stored.`, 'good')
    onStored()
  } catch (error) {
    send.disabled = false
    setStatus(status, message(error), 'bad')
  }
}

function choose(chosen: File | null | undefined): void {
  file = chosen ?? null
  timeColumn.value = ''
  send.disabled = true
  showPreview()
}

/** Connects the form. Calls `onStored` after an upload. */
export function listenToFiles(onStored: () => void): void {
  fileInput.addEventListener('change', () => choose(fileInput.files?.[0]))
  for (const input of [box, timeColumn, delimiter]) input.addEventListener('change', showPreview)
  for (const name of ['dragenter', 'dragover']) {
    drop.addEventListener(name, (event) => {
      event.preventDefault()
      drop.classList.add('over')
    })
  }
  for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'))
  drop.addEventListener('drop', (event) => {
    event.preventDefault()
    const [dropped] = event.dataTransfer?.files ?? []
    if (!dropped || fileInput.matches(':disabled')) return
    if (event.dataTransfer) fileInput.files = event.dataTransfer.files
    choose(dropped)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    store(onStored)
  })
}
