import { type Api, serve } from '#http'
import { createUserTokenByPassword } from '../../contract/operations/iam/token.ts'
import { createToken, type TokenDeps } from './credential/token.service.ts'
import { identityRoutes } from './identity/identity.routes.ts'

export function iamRoutes(api: Api, deps: TokenDeps): void {
  serve(api, createUserTokenByPassword, async ({ body, query, setHeader }) => {
    const withCatalog = (query.nocatalog ?? '') === ''
    const token = await createToken(deps, body.auth, withCatalog)
    setHeader('X-Subject-Token', token.text)
    return token.body
  })

  identityRoutes(api, deps)
}
