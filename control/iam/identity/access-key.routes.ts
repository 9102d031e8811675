import type { Api, Principal } from '#http'
import { AppError } from '#kernel'
import * as contract from '../../../contract/operations/iam/access-key.ts'
import { serveIam } from '../serve-iam.ts'
import { changeAccessKey, createAccessKey, removeAccessKey, requireAccessKey } from './access-key.service.ts'
import { type AccessKeyRow, listAccessKeys } from './access-key.store.ts'
import type { IdentityDeps } from './deps.ts'
import { renderMicros } from './instant.ts'
import { type Authorize, iamResource, permitted } from './resource.ts'
import { refuseLasting } from './self.ts'
import { orSelf } from './user.routes.ts'
import { refuseForeignOwner } from './user.service.ts'
import { requireUser } from './user.store.ts'

/** Access keys in the older generation. */
export function accessKeyRoutes(api: Api, deps: IdentityDeps): void {
  creating(api, deps)
  reading(api, deps)
  writing(api, deps)
}

export function statusOf({ enabled }: AccessKeyRow): 'active' | 'inactive' {
  return enabled ? 'active' : 'inactive'
}

function renderKey(key: AccessKeyRow) {
  const { access_key: access, user_id, description, created_at } = key
  return { user_id, access, status: statusOf(key), create_time: renderMicros(created_at), description }
}

/** A key and whose it is; for an unknown one the permission is asked as if a user were called so. */
function permittedKey(deps: IdentityDeps, principal: Principal, access: string, authorize: Authorize) {
  const look = async () => {
    const key = await requireAccessKey(deps, principal.domainId, access)
    return { key, user: await requireUser(deps.db, principal.domainId, key.user_id) }
  }
  return permitted(look(), iamResource('user', access), ({ user }) => orSelf(principal, user), authorize)
}

function creating(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.createCredential, async ({ principal, body, authorize }) => {
    const { user_id, description = '' } = body.credential
    const user = await permitted(
      requireUser(deps.db, principal.domainId, user_id),
      iamResource('user', user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    refuseForeignOwner(principal, user)
    refuseLasting(principal, user.id)
    const { key, secret } = await createAccessKey(deps, user, description)
    return { credential: { ...renderKey(key), secret } }
  })
}

function reading(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.listCredentials, async ({ principal, query, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, query.user_id ?? principal.userId),
      iamResource('user', query.user_id ?? principal.userId),
      (user) => orSelf(principal, user),
      authorize,
    )
    return { credentials: (await listAccessKeys(db, user.id)).map(renderKey) }
  })

  serveIam(api, deps, contract.showCredential, async ({ principal, params, authorize }) => {
    const { key } = await permittedKey(deps, principal, params.access_key, authorize)
    return { credential: renderKey(key) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.updateCredential, async ({ principal, params, body, authorize }) => {
    const { key, user } = await permittedKey(deps, principal, params.access_key, authorize)
    refuseForeignOwner(principal, user)
    const { status, description } = body.credential
    if (status === undefined && description === undefined) {
      throw new AppError('iam.request_invalid', { detail: 'body credential lacks status and description' })
    }
    if (status === 'active') refuseLasting(principal, user.id)
    const enabled = status === undefined ? {} : { enabled: status === 'active' }
    const described = description === undefined ? {} : { description }
    return { credential: renderKey(await changeAccessKey(deps, key, { ...enabled, ...described })) }
  })

  serveIam(api, deps, contract.deleteCredential, async ({ principal, params, authorize }) => {
    const { key, user } = await permittedKey(deps, principal, params.access_key, authorize)
    refuseForeignOwner(principal, user)
    await removeAccessKey(deps, key)
  })
}
