import type { Api } from '#http'
import { authorizationMessageRoutes } from './authorization-message.routes.ts'
import { credentialRoutes } from './credential/credential.routes.ts'
import { createProvers, type TokenDeps } from './credential/token.service.ts'
import { grantsRoutes } from './grants/grants.routes.ts'
import { identityRoutes } from './identity/identity.routes.ts'

export function iamRoutes(api: Api, deps: TokenDeps): void {
  // one for all: a password is guessed no faster by changing it than by logging in
  const provers = createProvers(deps)
  credentialRoutes(api, deps, provers)
  grantsRoutes(api, deps)
  authorizationMessageRoutes(api, deps)

  identityRoutes(api, { ...deps, provePassword: provers.password })
}
