import type { Api } from '#http'
import { authorizationMessageRoutes } from './authorization-message.routes.ts'
import { credentialRoutes } from './credential/credential.routes.ts'
import type { TokenDeps } from './credential/token.service.ts'
import { grantsRoutes } from './grants/grants.routes.ts'
import { identityRoutes } from './identity/identity.routes.ts'

export function iamRoutes(api: Api, deps: TokenDeps): void {
  credentialRoutes(api, deps)
  grantsRoutes(api, deps)
  authorizationMessageRoutes(api, deps)

  identityRoutes(api, deps)
}
