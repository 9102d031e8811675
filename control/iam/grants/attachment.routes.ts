import type { Api, Resource } from '#http'
import { AppError } from '#kernel'
import {
  ATTACHMENT_OPERATIONS,
  holderIdOf,
  listEntitiesForPolicyV5,
} from '../../../contract/operations/iam/attachment.ts'
import { serveIam } from '../serve-iam.ts'
import { attachPolicy, detachPolicy } from './attachment.service.ts'
import {
  type AttachedEntity,
  type AttachedPolicy,
  listAttachedEntities,
  listAttachedPolicies,
} from './attachment.view.ts'
import type { GrantsDeps } from './deps.ts'
import { parsePage, renderPage } from './marker-page.ts'
import { requirePolicy } from './policy.routes.ts'
import { policyUrn } from './policy.ts'
import { findIdentityPolicy } from './policy.view.ts'
import { policyNotFound } from './policy-version.service.ts'
import { findSubject, type Subject, type SubjectKind } from './subject.view.ts'

export function attachmentRoutes(api: Api, deps: GrantsDeps): void {
  const { db } = deps

  serveIam(api, deps, listEntitiesForPolicyV5, async ({ principal, params, query, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    const page = parsePage(query)
    const found = await listAttachedEntities(db, principal.domainId, policy.id, query.entity_type, page)
    const { entries, page_info } = renderPage(found, page)
    return { ...renderEntities(entries), page_info }
  })

  for (const { holder, attach, detach, list } of ATTACHMENT_OPERATIONS) {
    serveIam(api, deps, attach, async ({ principal, params, body, authorize }) => {
      const subject = await requireSubject(deps, principal.domainId, holder, holderIdOf(holder, body), authorize)
      const policyId = await requirePolicyId(deps, principal.domainId, params.policy_id)
      await attachPolicy(deps, { policyId, kind: holder, subjectId: subject.id })
    })

    serveIam(api, deps, detach, async ({ principal, params, body, authorize }) => {
      const subject = await requireSubject(deps, principal.domainId, holder, holderIdOf(holder, body), authorize)
      const policyId = await requirePolicyId(deps, principal.domainId, params.policy_id)
      await detachPolicy(deps, { policyId, kind: holder, subjectId: subject.id })
    })

    serveIam(api, deps, list, async ({ principal, params, query, authorize }) => {
      const subject = await requireSubject(deps, principal.domainId, holder, holderIdOf(holder, params), authorize)
      const page = parsePage(query)
      const { entries, page_info } = renderPage(await listAttachedPolicies(db, holder, subject.id, page), page)
      return { attached_policies: entries.map(renderAttached), page_info }
    })
  }
}

type Authorize = (resources: readonly Resource[]) => Promise<void>

/** Somebody of the account, once the permission was asked; for one that is not there it is asked as well. */
async function requireSubject(
  { db }: GrantsDeps,
  domainId: string,
  kind: SubjectKind,
  id: string,
  authorize: Authorize,
): Promise<Subject> {
  const found = await findSubject(db, domainId, kind, id)
  await authorize([{ type: kind, id: found?.urnPath ?? id, tags: found?.tags ?? [], enterpriseProjectId: null }])
  if (!found) throw new AppError('iam.not_found', { target: kind, id })
  return found
}

async function requirePolicyId({ db }: GrantsDeps, domainId: string, policyId: string): Promise<string> {
  if (!(await findIdentityPolicy(db, domainId, policyId))) throw policyNotFound(policyId)
  return policyId
}

function renderAttached(attached: AttachedPolicy) {
  const { policyId: policy_id, name: policy_name, attachedAt } = attached
  return { policy_name, policy_id, urn: policyUrn(attached), attached_at: attachedAt.toISOString() }
}

function renderEntities(entities: readonly AttachedEntity[]) {
  const at = ({ attachedAt }: AttachedEntity) => attachedAt.toISOString()
  return {
    policy_users: entities.flatMap((one) =>
      one.userId === null ? [] : [{ user_id: one.userId, attached_at: at(one) }],
    ),
    policy_groups: entities.flatMap((one) =>
      one.groupId === null ? [] : [{ group_id: one.groupId, attached_at: at(one) }],
    ),
    policy_agencies: entities.flatMap((one) =>
      one.agencyId === null ? [] : [{ agency_id: one.agencyId, attached_at: at(one) }],
    ),
  }
}
