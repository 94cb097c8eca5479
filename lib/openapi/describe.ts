import * as z from 'zod'
import type { ZodOpenApiOperationObject, ZodOpenApiParameters, ZodOpenApiRequestBodyObject } from 'zod-openapi'
import type { InputSchemas } from '../http/input.ts'
import { describedBody, describedParameters, describeUnknownParameters } from './fields.ts'
import type { RoutedOperation, Security } from './operation.ts'
import { describeResponses } from './responses.ts'
import { SECURITY_SCHEMES } from './security.ts'

const FORM = 'application/x-www-form-urlencoded'

/** Names of parameters and headers that are security schemes. */
const SCHEMES = new Map<string, string | undefined>(
  Object.entries(SECURITY_SCHEMES).map(([name, scheme]) => [name, 'name' in scheme ? scheme.name : undefined]),
)

/** An operation for zod-openapi. */
export function describe(operation: RoutedOperation): ZodOpenApiOperationObject {
  const schemas = schemasOf(operation)
  const requestBody = operation.route.startsWith('POST ') ? bodyOf(operation, schemas) : undefined
  return {
    tags: [operation.tag],
    operationId: operation.id,
    summary: operation.summary,
    description: [
      operation.description,
      ...describeScopes(operation),
      ...(schemas.query ? [describeUnknownParameters(schemas.query)] : []),
    ].join('\n\n'),
    security: operation.security.flatMap(describeSecurity),
    requestParams: parametersOf(operation, schemas),
    ...(requestBody && { requestBody }),
    responses: describeResponses(operation, schemas, requestBody !== undefined),
  }
}

/** A bound token is accepted wherever an auth token is. */
function describeSecurity(alternative: Security): Record<string, string[]>[] {
  const schemes = Object.entries(alternative).map(([scheme, scopes]): [string, string[]] => [scheme, [...scopes]])
  const { authToken } = alternative
  const bound: Record<string, string[]>[] = authToken ? [{ boundToken: [...authToken] }] : []
  return [Object.fromEntries(schemes), ...bound]
}

/** The schemas with which the handler of an operation reads the request. */
export function schemasOf(operation: RoutedOperation): InputSchemas {
  const [method = ''] = operation.route.split(' ')
  const { input } = operation.handler
  return operation.schemas ?? (input.inputs?.[method] ?? input).schemas ?? {}
}

function describeScopes({ security }: RoutedOperation): string[] {
  const scopes = security.flatMap(({ authToken = [] }) => authToken)
  return scopes.length === 0
    ? []
    : [`An auth token needs the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`]
}

function parametersOf(operation: RoutedOperation, { path, query }: InputSchemas): ZodOpenApiParameters {
  const { fields = {}, headers = {}, security } = operation
  const credentials = security.flatMap((alternative) => Object.keys(alternative)).map((name) => SCHEMES.get(name))
  const examplesOf = (part: 'path' | 'query' | 'headers') => (name: string) =>
    Object.fromEntries(
      Object.entries(operation.examples).flatMap(([example, { summary, sent }]) => {
        const value = sent[part]?.[name]
        return value === undefined ? [] : [[example, { summary, value }]]
      }),
    )
  const header = z.object(Object.fromEntries(Object.keys(headers).map((name) => [name, z.string().optional()])))
  return {
    ...(path && { path: describedParameters(path, fields, credentials, examplesOf('path')) }),
    ...(query && { query: describedParameters(query, fields, credentials, examplesOf('query')) }),
    header: describedParameters(header, headers, [], examplesOf('headers')),
  }
}

function bodyOf(
  { fields = {}, bodies, examples }: RoutedOperation,
  { query, json, form }: InputSchemas,
): ZodOpenApiRequestBodyObject | undefined {
  const schemas = { ...(json && { 'application/json': json }), ...(form && { [FORM]: form }), ...bodies }
  const [defaultType] = Object.keys(schemas)
  if (defaultType === undefined) return undefined
  const content = Object.entries(schemas).map(([type, schema]) => {
    const bodyExamples = Object.entries(examples).flatMap(([name, { summary, sent }]) => {
      const { contentType = defaultType, body } = sent
      return contentType === type && body !== undefined ? [[name, { summary, value: body }]] : []
    })
    return [type, { schema: describedBody(schema, fields), examples: Object.fromEntries(bodyExamples) }]
  })
  // Parameters in the query make the body optional.
  return { required: json === undefined || json !== query, content: Object.fromEntries(content) }
}
