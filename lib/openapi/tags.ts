/** Groups of operations, in reading order. */
export const TAGS = [
  { name: 'Clients and tokens', description: 'Register apps and get auth tokens for them.' },
  { name: 'OAuth 2.0', description: 'Tokens for servers, as the OAuth standards define them.' },
  { name: 'Attestation', description: 'Apps prove that they are genuine, so that only they get tokens.' },
  { name: 'Measurements', description: 'Rows of values: devices upload them, apps and people download them.' },
  { name: 'Submissions', description: 'Forms and files that people submit.' },
  {
    name: 'Large files',
    description: 'Files above the limit of a request: clients send their parts to a bucket, in any order.',
  },
  { name: 'Identity sessions', description: 'Identity verification with Incode.' },
  { name: 'Calls', description: 'Calls between two people with Help Lightning.' },
  { name: 'Access tokens', description: 'Short-lived access to Sethealth.' },
  { name: 'Webhooks', description: 'Events that providers deliver.' },
  { name: 'Pages', description: 'Web pages, and the health check for monitoring.' },
] as const

export type Tag = (typeof TAGS)[number]['name']
