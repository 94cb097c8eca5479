import { localBucket } from './bucket.ts'
import type { LocalService } from './http-api.ts'
import { localInvoke } from './invoke.ts'
import type { LambdaRunner } from './lambda-runner.ts'
import type { Credentials } from './signed-request.ts'
import type { Template } from './template.ts'

/** The name of the bucket in the local run, which is in no account and no region. */
export const LOCAL_BUCKET = 'latchkey-local-files'

/** The address at which functions reach a server that listens on a host of this machine. */
export function addressOf(host: string, port: number): string {
  const name = ['localhost', '0.0.0.0'].includes(host) ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

interface LocalAwsOptions {
  /** For the objects of the bucket. */
  folder: string
  credentials: Credentials
  /** Where clients reach them. */
  publicUrl: string
  gateway(): (Pick<Template, 'functions' | 'cors'> & Pick<LambdaRunner, 'invoke'>) | undefined
}

/** Variables with which functions use the services below. */
export const localAwsSettings = ({ url, publicUrl }: { url: string; publicUrl: string }) => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_ENDPOINT_URL_LAMBDA: url,
  FILES_ENDPOINT_URL: publicUrl,
  FILES_BUCKET: LOCAL_BUCKET,
})

/** The bucket, and the calls between functions, as parts of the local HTTP API. */
export async function localServices(options: LocalAwsOptions): Promise<LocalService[]> {
  const { folder, credentials, publicUrl, gateway } = options
  const bucket = localBucket({
    name: LOCAL_BUCKET,
    folder,
    credentials,
    origins: () => gateway()?.cors.AllowOrigins ?? [],
    publicHost: new URL(publicUrl).host,
  })
  await bucket.store.cleanUp(Date.now())
  const run = (deployedName: string, event: unknown) => {
    const current = gateway()
    const definition = current?.functions.find((each) => each.deployedName === deployedName)
    return definition && current?.invoke(definition.name, event)
  }
  return [bucket, localInvoke({ credentials, run })]
}
