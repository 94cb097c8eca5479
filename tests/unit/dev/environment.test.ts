import { describe, expect, it } from 'vitest'
import {
  environmentBytes,
  environmentIssues,
  functionEnvironment,
  MAX_ENVIRONMENT_BYTES,
  oversizedEnvironments,
  splitOrigins,
} from '../../../dev/environment.ts'

describe('the environment of a function', () => {
  const stack = { STAGE: 'prod', PUBLIC_URL: { 'Fn::Sub': `https://\${HttpApi}` }, VERSION: '1.0.0' }

  it('has the variables that the function reads, with empty text for unset ones', () => {
    const operator = { TOKEN_MINUTES: '5', STAGE: 'other', OSEM_NAME: 'x', PATH: '/bin' }
    const environment = functionEnvironment(['PUBLIC_URL', 'STAGE', 'TIME_COLUMNS', 'TOKEN_MINUTES'], stack, operator)
    expect(environment).toEqual({
      PUBLIC_URL: { 'Fn::Sub': `https://\${HttpApi}` },
      STAGE: 'prod',
      TIME_COLUMNS: '',
      TOKEN_MINUTES: '5',
    })
  })

  it('has the PUBLIC_URL of the operator, else that of the stack', () => {
    const environment = (url: string) => functionEnvironment(['PUBLIC_URL'], stack, { PUBLIC_URL: url })
    expect(environment('https://api.example')).toEqual({ PUBLIC_URL: 'https://api.example' })
    expect(environment('')).toEqual({ PUBLIC_URL: stack.PUBLIC_URL })
  })

  it.each(['CLIENTS_TABLE', 'SEAL_KEY', 'PORT'])('ignores %s from the operator', (name) => {
    expect(() => functionEnvironment([name], stack, { [name]: 'abc' })).toThrow(
      `${name} is missing in provider.environment of serverless.yml.`,
    )
  })
})

describe('the size of an environment', () => {
  it('is measured as JSON in UTF-8, as in Lambda', () => {
    expect(environmentBytes({ OSEM_NAME: 'Größe' })).toBe('{"OSEM_NAME":"Größe"}'.length + 2)
  })

  it('is at most 4096 bytes, else an error names the function and its longest setting', () => {
    const ofSize = (bytes: number) => {
      const rest = { OSEM_BOXES: 'y'.repeat(100), VERSION: 'z'.repeat(3_500) }
      const others = environmentBytes({ ...rest, OSEM_CLIENTS: '' })
      return new Map([['upload', { ...rest, OSEM_CLIENTS: 'x'.repeat(bytes - others) }]])
    }
    expect(oversizedEnvironments(ofSize(MAX_ENVIRONMENT_BYTES))).toEqual([])
    expect(oversizedEnvironments(ofSize(MAX_ENVIRONMENT_BYTES + 1))).toEqual([
      'The environment of the function upload has 4097 bytes; Lambda allows 4096. Shorten OSEM_CLIENTS.',
    ])
  })
})

describe('the settings of an operator', () => {
  it('are rejected together if they are invalid, without their values', () => {
    const operator = {
      TOKEN_MINUTES: 'hunter2',
      OSEM_UPLOAD: 'ja',
      OSEM_NAME: 'x',
      OSEM_COLUMNS: '(',
      RESERVE_CONCURRENCY: 'no',
      CORS_ORIGINS: 'https://app.example/',
      ALARM_EMAIL: 'ops',
    }
    expect(environmentIssues(operator)).toEqual([
      'CORS_ORIGINS must be *, or origins such as https://app.example without a path, separated by commas.',
      'ALARM_EMAIL must be one e-mail address.',
      'RESERVE_CONCURRENCY must be true or false.',
      'TOKEN_MINUTES must be a number of minutes.',
      'OSEM_UPLOAD must be true or false.',
      'OSEM_COLUMNS must be a regular expression.',
    ])
  })

  it('are rejected if only one of DOMAIN_NAME and CERTIFICATE_ARN is set', () => {
    const DOMAIN_NAME = 'api.example.org'
    const CERTIFICATE_ARN = 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7c2f1e'
    const message = 'DOMAIN_NAME and CERTIFICATE_ARN must be set together.'
    expect(environmentIssues({ DOMAIN_NAME, CERTIFICATE_ARN: '' })).toEqual([message])
    expect(environmentIssues({ CERTIFICATE_ARN })).toEqual([message])
    expect(environmentIssues({ DOMAIN_NAME, CERTIFICATE_ARN })).toEqual([])
    expect(environmentIssues({ DOMAIN_NAME: 'https://x', CERTIFICATE_ARN })[0]).toMatch(/^DOMAIN_NAME must be/)
  })

  it('are accepted if they are valid, empty or unused', () => {
    const operator = {
      TOKEN_MINUTES: '5',
      OSEM_UPLOAD: '',
      PORT: 'abc',
      OTHER: 'x',
      STAGE: '',
      ALARM_EMAIL: 'a@b.example',
    }
    expect(environmentIssues(operator)).toEqual([])
    expect([' ', 'https://a.example , https://b.example'].map(splitOrigins)).toEqual([
      ['*'],
      ['https://a.example', 'https://b.example'],
    ])
    for (const CORS_ORIGINS of ['*', 'https://app.example, http://localhost:3000', 'capacitor://localhost'])
      expect(environmentIssues({ CORS_ORIGINS })).toEqual([])
  })
})
