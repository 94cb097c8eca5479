/** Groups of operations, in reading order. */
export const TAGS = [
  { name: 'Clients and tokens', description: 'Registering apps, and getting auth tokens for them.' },
  { name: 'OAuth 2.0', description: 'The same for servers, by the standards.' },
  { name: 'Measurements', description: 'Rows of values that devices send, and people read.' },
  { name: 'Submissions', description: 'Answers and files that people send.' },
  { name: 'Identity sessions', description: 'Proving who somebody is, with Incode.' },
  { name: 'Calls', description: 'Calls of two people, with Help Lightning.' },
  { name: 'Access tokens', description: 'Access to Sethealth.' },
  { name: 'Webhooks', description: 'What providers tell.' },
  { name: 'Pages', description: 'Pages for people, and what monitoring asks for.' },
] as const

export type Tag = (typeof TAGS)[number]['name']
