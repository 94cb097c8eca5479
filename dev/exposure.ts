import { OPEN_LOCALLY } from '../lib/access/open-endpoints.ts'
import { getSettings } from '../lib/config/settings.ts'
import { configuredProviders } from './fakes/fakes.ts'

const LOOPBACK = /^(?:(?:.+\.)?localhost|127\..*|\[?::1\]?)$/

/** The hosts, besides this machine, at which callers reach a local run: ALLOWED_HOSTS and that of PUBLIC_URL. */
export async function publicHosts(): Promise<string[]> {
  const { ALLOWED_HOSTS, PUBLIC_URL } = await getSettings('ALLOWED_HOSTS', 'PUBLIC_URL')
  const { hostname } = new URL(PUBLIC_URL)
  return [...new Set([...ALLOWED_HOSTS, ...(LOOPBACK.test(hostname) ? [] : [hostname])])]
}

/** Why more than the fakes of this machine is within reach of callers without a token. */
async function exposureReasons(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const { HOST, ALLOWED_HOSTS, PUBLIC_URL } = await getSettings('HOST', 'ALLOWED_HOSTS', 'PUBLIC_URL')
  return [
    ...(LOOPBACK.test(HOST) ? [] : [`HOST is ${HOST}`]),
    ...(ALLOWED_HOSTS.length > 0 ? [`ALLOWED_HOSTS is ${ALLOWED_HOSTS.join()}`] : []),
    ...(LOOPBACK.test(new URL(PUBLIC_URL).hostname) ? [] : [`PUBLIC_URL is ${PUBLIC_URL}`]),
    ...configuredProviders(environment).map((provider) => `${provider} is configured`),
  ]
}

/** The endpoints that need no token: OPEN_ENDPOINTS. The default of a local run applies to fakes on this machine only. */
export async function openEndpoints(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { OPEN_ENDPOINTS } = await getSettings('OPEN_ENDPOINTS')
  return OPEN_ENDPOINTS ?? ((await exposureReasons(environment)).length > 0 ? [] : OPEN_LOCALLY)
}

/** What `npm start` prints about access without a token: sentences that name what is open, to which callers. */
export async function exposureNotes(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const reasons = await exposureReasons(environment)
  const settings = await getSettings('HOST', 'UPLOAD_REQUIRES_AUTH', 'DOWNLOAD_REQUIRES_AUTH')
  const hosts = await publicHosts()
  const names = reasons.length > 0 ? await openEndpoints(environment) : []
  const open = [
    ...names.map((name) => `/${name}`),
    ...(settings.UPLOAD_REQUIRES_AUTH ? [] : ['/upload', '/api/v2/write']),
    ...(settings.DOWNLOAD_REQUIRES_AUTH ? [] : ['/download and /series of the shared client']),
  ]
  const machines = LOOPBACK.test(settings.HOST) ? 'this machine' : 'every device in your network'
  const others = hosts.length > 0 ? ` and every caller of ${hosts.join()}` : ''
  return [
    ...(reasons.length > 0 && names.length === 0
      ? [`Every endpoint of a provider requires a token, because ${reasons.join(', ')}. OPEN_ENDPOINTS can open some.`]
      : []),
    ...(open.length > 0
      ? [`Warning: without a token, every program and web page on ${machines}${others} can call ${open.join(', ')}.`]
      : []),
  ]
}
