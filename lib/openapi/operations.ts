import type { Operation } from './operation.ts'
import { accessTokens } from './operations/access-token.ts'
import { callEvent } from './operations/call-event.ts'
import { calls } from './operations/calls.ts'
import { downloads } from './operations/download.ts'
import { faceLogin } from './operations/face-login.ts'
import { grant } from './operations/grant.ts'
import { health } from './operations/health.ts'
import { identityEvents } from './operations/identity-events.ts'
import { identityResults } from './operations/identity-results.ts'
import { identitySessions } from './operations/identity-sessions.ts'
import { oauth } from './operations/oauth.ts'
import { oauthMetadata } from './operations/oauth-metadata.ts'
import { pages } from './operations/pages.ts'
import { registration } from './operations/register.ts'
import { series } from './operations/series.ts'
import { submissions } from './operations/submissions.ts'
import { submit } from './operations/submit.ts'
import { token } from './operations/token.ts'
import { upload } from './operations/upload.ts'

/** Every route, in the order in which people read about them. */
export const OPERATIONS: readonly Operation[] = [
  ...registration,
  token,
  grant,
  ...oauth,
  ...oauthMetadata,
  upload,
  ...downloads,
  series,
  submit,
  ...submissions,
  ...identitySessions,
  ...identityResults,
  faceLogin,
  ...calls,
  ...accessTokens,
  ...identityEvents,
  callEvent,
  ...pages,
  health,
]
