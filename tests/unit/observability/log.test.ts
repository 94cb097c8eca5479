import { expect, it } from 'vitest'
import { log } from '../../../lib/observability/log.ts'
import { gatherLogs, outputSince } from '../../support/logs.ts'

gatherLogs()

it('describes a cause that has no stack trace by its name', () => {
  const cause = Object.assign(new RangeError('a value of the request'), { stack: undefined })
  log('work_failed', { event: 'event#1', cause })
  expect(outputSince(0)).toContain('"cause":[{"name":"RangeError","at":[]}]')
  expect(outputSince(0)).not.toContain('a value of the request')
})
