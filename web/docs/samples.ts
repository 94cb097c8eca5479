import type { SampleRequest } from './request.ts'

/** A program that sends a request, as `x-code-samples` has it. */
export interface Sample {
  lang: string
  label: string
  source: string
}

/** Programs without other libraries than those of the language. */
export const samplesOf = (request: SampleRequest): Sample[] => [
  { lang: 'bash', label: 'curl', source: curl(request) },
  { lang: 'python', label: 'Python', source: python(request) },
  { lang: 'js', label: 'JavaScript', source: javascript(request) },
  { lang: 'swift', label: 'Swift', source: swift(request) },
  { lang: 'kotlin', label: 'Kotlin', source: kotlin(request) },
]

const inShell = (text: string): string =>
  text.includes('\r')
    ? `$'${text.replace(/[\\']/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n')}'`
    : `'${text.replaceAll("'", `'\\''`)}'`

/** A literal of Python and JavaScript. */
const quoted = (text: string): string => (/^[^'\\\p{C}]*$/u.test(text) ? `'${text}'` : JSON.stringify(text))

function curl({ method, url, headers, body }: SampleRequest): string {
  const isDefault = method === (body === undefined ? 'GET' : 'POST')
  const option = isDefault ? '' : method === 'HEAD' ? '--head ' : `-X ${method} `
  return [
    `curl ${option}${inShell(url)}`,
    ...headers.map(([name, value]) => `  -H ${inShell(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`  --data-raw ${inShell(body)}`]),
  ].join(' \\\n')
}

const python = ({ method, url, headers, body }: SampleRequest): string =>
  [
    'from urllib.request import Request, urlopen',
    '',
    'request = Request(',
    `    ${quoted(url)},`,
    `    method=${quoted(method)},`,
    ...(headers.length === 0 ? [] : ['    headers={']),
    ...headers.map(([name, value]) => `        ${quoted(name)}: ${quoted(value)},`),
    ...(headers.length === 0 ? [] : ['    },']),
    ...(body === undefined ? [] : [`    data=${quoted(body)}.encode(),`]),
    ')',
    'with urlopen(request) as response:',
    '    print(response.status, response.read().decode())',
  ].join('\n')

const javascript = ({ method, url, headers, body }: SampleRequest): string =>
  [
    `const response = await fetch(${quoted(url)}, {`,
    `  method: ${quoted(method)},`,
    ...(headers.length === 0 ? [] : ['  headers: {']),
    ...headers.map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`),
    ...(headers.length === 0 ? [] : ['  },']),
    ...(body === undefined ? [] : [`  body: ${quoted(body)},`]),
    '})',
    'console.log(response.status, await response.text())',
  ].join('\n')

function swift({ method, url, headers, body }: SampleRequest): string {
  const text = (value: string) => JSON.stringify(value).replace(/\\u([\da-f]{4})/g, '\\u{$1}')
  return [
    'import Foundation',
    '',
    `var request = URLRequest(url: URL(string: ${text(url)})!)`,
    `request.httpMethod = ${text(method)}`,
    ...headers.map(([name, value]) => `request.setValue(${text(value)}, forHTTPHeaderField: ${text(name)})`),
    ...(body === undefined ? [] : [`request.httpBody = Data(${text(body)}.utf8)`]),
    'let (data, response) = try await URLSession.shared.data(for: request)',
    'print((response as! HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))',
  ].join('\n')
}

function kotlin({ method, url, headers, body }: SampleRequest): string {
  const text = (value: string) => JSON.stringify(value).replaceAll('$', '\\$')
  return [
    'import java.net.HttpURLConnection',
    'import java.net.URI',
    '',
    `val connection = URI(${text(url)}).toURL().openConnection() as HttpURLConnection`,
    `connection.requestMethod = ${text(method)}`,
    ...headers.map(([name, value]) => `connection.setRequestProperty(${text(name)}, ${text(value)})`),
    ...(body === undefined
      ? []
      : ['connection.doOutput = true', `connection.outputStream.use { it.write(${text(body)}.toByteArray()) }`]),
    'val stream = if (connection.responseCode < 400) connection.inputStream else connection.errorStream',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Kotlin
    'println("${connection.responseCode} ${stream?.readBytes()?.decodeToString()}")',
  ].join('\n')
}
