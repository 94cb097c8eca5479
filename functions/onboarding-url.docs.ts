import { INTERVIEW_ID } from '../lib/openapi/samples.ts'
import { SESSION, sessionOperations } from './start.docs.ts'

const about = (start: string) =>
  `As \`${start}\`, with the \`url\` of the page for the person. If Incode returns no URL, the error contains the \`uniqueId\` of the session: the next request resumes it.`

export const operations = sessionOperations(
  '/onboarding-url',
  {
    id: 'getOnboardingUrl',
    summary: 'Start an identity session with a page',
    description: about('GET /start'),
  },
  {
    id: 'getOnboardingUrlByBody',
    summary: 'Start an identity session with a page, with parameters in the body',
    description: about('POST /start'),
  },
  { ...SESSION, url: `https://onboarding.fake-incode.example/fake123/flow/fake-flow?interview=${INTERVIEW_ID}` },
  { url: 'The page where the person completes the session.' },
)
