/** Every limit on how long Latchkey waits, in milliseconds. Tests change members of this object. */
export const timeBudgets = {
  /** Before Lambda ends a request, waiting ends: this time is for sending the response. */
  responseReserveMs: 500,
  /** Before Lambda ends a request, new work stops: one database command and its two retries still fit. */
  requestReserveMs: 6_000,
  /** The same for a scheduled run: one provider call still fits, and saving its outcome. */
  scheduleReserveMs: 12_000,
  /** The last part of that reserve: all calls have ended, and the run logs what it did. */
  scheduleReturnMs: 2_000,

  /** DynamoDB and S3 in the same region accept a connection in milliseconds: after a second, they are unreachable. */
  databaseConnectMs: 1_000,
  /** DynamoDB responds within milliseconds; three attempts together must end before a Lambda function does. */
  databaseResponseMs: 1_500,
  /** The first wait of a command-line run while DynamoDB fails; each next wait is twice as long. */
  databaseBackoffMs: 1_000,
  /** The longest first wait of a throttled command. Each next wait may be twice as long, and jitter shortens all. */
  throttleBackoffMs: 500,
  /** The limit of that growth: a partition accepts 4,000 write units in this time. */
  throttleLongestBackoffMs: 4_000,
  /** All waits of a throttled command together, if no deadline ends them earlier. */
  throttledMs: 60_000,
  /** Until S3 starts to respond to a request; the two retries of a function of ten seconds still fit. */
  bucketResponseMs: 3_000,
  /** The same for a request with a body of tens of megabytes, and for the completion of a transfer. */
  bucketWriteMs: 20_000,
  /** The longest pause in a body that S3 sends or receives. */
  bucketStallMs: 5_000,
  /** The asynchronous call of a function: the schedule starts the work a minute later if it fails. */
  startWorkMs: 2_000,
  /** Storing the warnings and units of an upload: its rows are stored, and the device waits for the response. */
  seriesNotesMs: 2_000,
  /** A part of a large file starts only if this time remains: writing it may be throttled. */
  filePartMs: 12_000,
  /** The last part of that time: writing has ended, and the progress is saved. */
  fileSaveMs: 5_000,
  /**
   * The interval at which a container looks for a salt in the whole index, for each five read units of the index. A salt
   * that is added to a registered client may need this time, unless the device sends `client_id`.
   */
  saltIndexMs: 5_000,
  /** The interval at which one request looks for the result of another. */
  pollMs: 150,

  /** All provider calls of one request: providers wait ten seconds for a response to a webhook. */
  providerMs: 7_000,
  /** The first attempt to send an event on: some providers wait only five seconds for the response to a webhook. */
  firstSendMs: 3_000,
  /** The first wait before a provider call is retried; the second is twice as long, and jitter shortens both. */
  providerBackoffMs: 300,
  /** Less time than this is too short for a retry: the longest backoff, and the call. */
  providerRetryMs: 700,
  /** One call of a forwarding run: openSenseMap is slow, but a run has other boxes to serve. */
  openSenseMapCallMs: 10_000,
  /** The keys with which a provider signs its webhooks: it waits ten seconds for a response. */
  keySetMs: 3_000,
  /** A provider log-in while the old token is still valid: the request itself needs the rest of the time. */
  earlyRenewalMs: 2_000,
  /** The lock on a provider token outlives any log-in that is in progress, and a crash blocks no longer than this. */
  tokenLockMs: 10_000,

  /** One attempt to read secrets, which a cold start makes before anything else. */
  parameterStoreMs: 3_000,
  /** The longest first wait before a failed read of secrets is retried. The next may be longer, jitter shortens all. */
  parameterStoreBackoffMs: 200,
  /** The limit of that growth. */
  parameterStoreLongestBackoffMs: 2_000,
  /** All these waits together, if no deadline ends them earlier. */
  parameterStoreRetriesMs: 60_000,
  /** The command line connects to Parameter Store from any network. */
  commandConnectMs: 3_000,
  /** One of its four attempts to read or write parameters. */
  commandResponseMs: 10_000,
  /** A purge waits this long before it looks again at a submission that may still be in progress. */
  unfinishedSubmissionMs: 5_000,
}
