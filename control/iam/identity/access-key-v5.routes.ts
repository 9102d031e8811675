import type { Api, Principal } from '#http'
import * as contract from '../../../contract/operations/iam/access-key.ts'
import { serveIam } from '../serve-iam.ts'
import { statusOf } from './access-key.routes.ts'
import {
  changeAccessKey,
  createAccessKey,
  keyNotFound,
  removeAccessKey,
  requireAccessKey,
} from './access-key.service.ts'
import { type AccessKeyRow, listAccessKeys } from './access-key.store.ts'
import type { IdentityDeps } from './deps.ts'
import { parsePage, renderPage } from './page.ts'
import { iamResource, permitted } from './resource.ts'
import { refuseLasting } from './self.ts'
import { orSelf } from './user.routes.ts'
import { refuseForeignOwner } from './user.service.ts'
import { requireUser, type UserRow } from './user.store.ts'

/** Access keys in the newer generation, under the user they belong to. */
export function accessKeyV5Routes(api: Api, deps: IdentityDeps): void {
  listing(api, deps)
  writing(api, deps)
}

function renderKey(key: AccessKeyRow) {
  const { user_id, access_key: access_key_id, created_at } = key
  return { user_id, access_key_id, created_at: created_at.toISOString(), status: statusOf(key) }
}

/** Fails unless the key is that user's, as if there were none. */
async function requireKeyOf(
  deps: IdentityDeps,
  principal: Principal,
  user: UserRow,
  access: string,
): Promise<AccessKeyRow> {
  const key = await requireAccessKey(deps, principal.domainId, access)
  if (key.user_id !== user.id) throw keyNotFound(access)
  return key
}

function listing(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.listAccessKeysV5, async ({ principal, params, query, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    const page = parsePage(query)
    const rows = await listAccessKeys(db, user.id, page)
    const { items, page_info } = renderPage(rows, page.limit, ({ access_key }) => access_key)
    return { access_keys: items.map(renderKey), page_info }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.createAccessKeyV5, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    refuseForeignOwner(principal, user)
    refuseLasting(principal, user.id)
    const { key, secret } = await createAccessKey(deps, user, '')
    return { access_key: { ...renderKey(key), secret_access_key: secret } }
  })

  serveIam(api, deps, contract.updateAccessKeyV5, async ({ principal, params, body, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    refuseForeignOwner(principal, user)
    const key = await requireKeyOf(deps, principal, user, params.access_key_id)
    if (body.status === 'active') refuseLasting(principal, user.id)
    await changeAccessKey(deps, key, { enabled: body.status === 'active' })
  })

  serveIam(api, deps, contract.deleteAccessKeyV5, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    refuseForeignOwner(principal, user)
    const key = await requireKeyOf(deps, principal, user, params.access_key_id)
    await removeAccessKey(deps, key)
  })
}
