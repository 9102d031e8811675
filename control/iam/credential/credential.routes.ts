import { type Api, type Call, serve } from '#http'
import type { Operation } from '../../../contract/operation.ts'
import {
  checkToken,
  revokeToken as revoke,
  validateToken as validate,
} from '../../../contract/operations/iam/subject-token.ts'
import {
  assumeAgency,
  createTemporaryAccessKey,
  getCallerIdentity,
} from '../../../contract/operations/iam/temporary-key.ts'
import { createUserTokenByPassword } from '../../../contract/operations/iam/token.ts'
import { serveIam } from '../serve-iam.ts'
import { principalIdOf } from './subject.ts'
import { revokeToken, type SubjectRequest, validateToken } from './subject-token.service.ts'
import { assumeByUrn, createTemporaryKey } from './temporary-key.service.ts'
import { createToken, type Provers, type TokenDeps } from './token.service.ts'

/** Tokens and temporary keys. Making one changes nothing that a cache knows: only revoking does. */
export function credentialRoutes(api: Api, deps: TokenDeps, provers: Provers): void {
  serve(api, createUserTokenByPassword, async ({ principal, body, query, sourceIp, setHeader, authorize }) => {
    const { auth } = body
    const withCatalog = isCatalogWanted(query)
    const request = { auth, withCatalog, sourceIp, principal, authorize: asking(authorize) }
    const token = await createToken(deps, provers, request)
    setHeader('X-Subject-Token', token.text)
    return token.body
  })

  serve(api, validate, async (call) => {
    const body = await validateToken(deps, provers.token, subjectOf(call), isCatalogWanted(call.query))
    call.setHeader('X-Subject-Token', call.headers['x-subject-token'])
    return body
  })

  serve(api, checkToken, async (call) => {
    await validateToken(deps, provers.token, subjectOf(call), false)
    call.setHeader('X-Subject-Token', call.headers['x-subject-token'])
    return undefined
  })

  serveIam(api, deps, revoke, async (call) => {
    await revokeToken(deps, provers.token, subjectOf(call))
    return undefined
  })

  serve(api, createTemporaryAccessKey, async ({ principal, body, authorize }) => {
    const caller = { principal, authorize: asking(authorize) }
    return { credential: await createTemporaryKey(deps, provers.token, body.auth.identity, caller) }
  })

  serve(api, assumeAgency, async ({ principal, body, authorize }) => {
    // the permission of the operation itself is on the agency that the body names
    const caller = { principal, authorize: asking(authorize) }
    return assumeByUrn(deps, body, caller)
  })

  serve(api, getCallerIdentity, async ({ principal }) => {
    const { domainId, urn } = principal
    return { account_id: domainId, principal_id: principalIdOf(principal), principal_urn: urn }
  })
}

function isCatalogWanted({ nocatalog }: { readonly nocatalog?: string }): boolean {
  return (nocatalog ?? '') === ''
}

type Authorize = Call<Operation>['authorize']

/** These operations ask about what the request names, by an action that depends on it. */
function asking(authorize: Authorize): SubjectRequest['authorize'] {
  return (checks) => authorize([], checks)
}

type SubjectCall = Call<typeof validate>

function subjectOf({
  principal,
  headers,
  authorize,
}: Pick<SubjectCall, 'principal' | 'headers' | 'authorize'>): SubjectRequest {
  return { principal, subjectToken: headers['x-subject-token'], authorize: asking(authorize) }
}
