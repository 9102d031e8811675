import type { Static } from 'typebox'
import type { Role } from '../../../contract/operations/iam/role.ts'
import type { Policy } from './policy.ts'

/** As listings of roles and grants show one. */
export function renderRole(role: Policy, endpoint: string): Static<typeof Role> {
  const { id, name, displayName, type, catalog, description, descriptionCn, domainId } = role
  return {
    ...{ id, name, type, catalog, description },
    ...{ display_name: displayName, description_cn: descriptionCn, domain_id: domainId },
    ...(domainId === null && role.model === 'policy' ? { flag: 'fine_grained' } : {}),
    policy: JSON.parse(role.document),
    created_time: String(role.createdAt.getTime()),
    updated_time: String(role.updatedAt.getTime()),
    links: { self: `${endpoint}/v3/roles/${id}` },
  }
}

export function linksOf(self: string): { self: string; previous: null; next: null } {
  return { self, previous: null, next: null }
}
