import { rmSync } from 'node:fs'
import { build } from 'esbuild'
import { bundleOptions } from './bundle.mjs'

/**
 * What `serverless package` and `serverless deploy` need beyond serverless.yml: the functions bundled, so that typing
 * the command is enough, and every route with a trailing slash as well, since API Gateway takes `/token/` for another
 * path than `/token`.
 */
export default class LatchkeyPlugin {
  constructor(serverless) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': async () => {
        rmSync('dist', { recursive: true, force: true })
        await build(bundleOptions())
      },
      'before:package:finalize': () => addSlashRoutes(serverless.service.provider.compiledCloudFormationTemplate),
    }
  }
}

function addSlashRoutes({ Resources }) {
  for (const [name, resource] of Object.entries(Resources)) {
    if (resource.Type !== 'AWS::ApiGatewayV2::Route' || !/[^/]$/.test(resource.Properties.RouteKey)) continue
    if (resource.Properties.RouteKey === '$default') continue
    const RouteKey = `${resource.Properties.RouteKey}/`
    Resources[`${name}Slash`] = { ...resource, Properties: { ...resource.Properties, RouteKey } }
  }
}
