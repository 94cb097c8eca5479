import { timeBudgets } from '../../lib/core/time-budgets.ts'

/** Options of the AWS clients of commands, which must not wait long for AWS. */
export const awsClientOptions = () => ({
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: timeBudgets.commandConnectMs,
    requestTimeout: timeBudgets.commandResponseMs,
    throwOnRequestTimeout: true,
  },
})
