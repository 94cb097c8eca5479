import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import * as z from 'zod'
import type { DescribedOperation, Document } from './document.ts'

const object = z.record(z.string(), z.unknown())
const isObject = (value: unknown): value is Record<string, unknown> => object.safeParse(value).success

/**
 * Checks values by the schemas in descriptions of the same operations. Members of responses that the first one does not
 * document are errors.
 */
export function schemasOf(...documents: Document[]) {
  const validators = documents.map((document, index) => {
    const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))
    ajv.addSchema({ ...document, $id: 'description' })
    return ajv.addSchema({ ...object.parse(index === 0 ? closed(document) : document), $id: 'closed' })
  })
  const faults = (root: string, place: readonly string[], value: unknown): string[] => {
    const pointer = place.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
    return validators.flatMap((ajv) => {
      const validate = ajv.compile({ $ref: `${root}#/${pointer}/schema` })
      const errors = validate(value) ? [] : (validate.errors ?? [])
      return errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
    })
  }
  const at = ({ path, method }: DescribedOperation, ...more: string[]) => ['paths', path, method.toLowerCase(), ...more]
  return {
    ofAnswer: (operation: DescribedOperation, status: string, type: string, value: unknown) =>
      faults('closed', at(operation, 'responses', status, 'content', type), value),
    ofHeader: (operation: DescribedOperation, status: string, name: string, value: string) =>
      faults('description', at(operation, 'responses', status, 'headers', name), value),
    ofParameter: (operation: DescribedOperation, name: string, value: unknown) => {
      const index = operation.parameters.findIndex((each) => each.name === name)
      return faults('description', at(operation, 'parameters', String(index)), value)
    },
    ofBody: (operation: DescribedOperation, type: string, value: unknown) =>
      faults('description', at(operation, 'requestBody', 'content', type), value),
  }
}

export type Schemas = ReturnType<typeof schemasOf>

/** Schemas whose objects have only the documented members. Parts of an `allOf` are exempt; the whole is checked. */
function closed(value: unknown, isPart = false): unknown {
  if (Array.isArray(value)) return value.map((each) => closed(each))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, each]) => {
    return [
      name,
      name === 'allOf' && Array.isArray(each) ? each.map((part) => closed(part, true)) : closed(each),
    ] as const
  })
  const isOpen = value['additionalProperties'] !== undefined
  const isShape = (isObject(value['properties']) && value['type'] === 'object') || value['allOf'] !== undefined
  return { ...Object.fromEntries(members), ...(isShape && !isOpen && !isPart && { unevaluatedProperties: false }) }
}
