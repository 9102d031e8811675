import { type TObject, type TString, Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS, type Permission } from '../../operation.ts'
import { Id, PolicyParams, policyPermission } from './identity-policy-fields.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'

const family = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const

const Entity = { attached_at: Type.String() }

export const listEntitiesForPolicyV5 = defineOperation({
  ...family,
  id: 'ListEntitiesForPolicyV5',
  method: 'GET',
  path: '/v5/policies/{policy_id}/attached-entities',
  summary: 'List who has an identity policy.',
  permission: policyPermission('listEntitiesV5', 'Read'),
  params: PolicyParams,
  query: Type.Object({ ...MarkerQuery, entity_type: Type.Optional(Type.Enum(['user', 'group', 'agency'])) }),
  body: null,
  status: 200,
  response: Type.Object({
    policy_users: Type.Array(Type.Object({ user_id: Type.String(), ...Entity })),
    policy_groups: Type.Array(Type.Object({ group_id: Type.String(), ...Entity })),
    policy_agencies: Type.Array(Type.Object({ agency_id: Type.String(), ...Entity })),
    page_info: PageInfo,
  }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})

const AttachedPolicies = Type.Object({
  attached_policies: Type.Array(
    Type.Object({
      policy_name: Type.String(),
      policy_id: Type.String(),
      urn: Type.String(),
      attached_at: Type.String(),
    }),
  ),
  page_info: PageInfo,
})

const NAMES = {
  user: { title: 'User', plural: 'users', article: 'a user' },
  group: { title: 'Group', plural: 'groups', article: 'a group' },
  agency: { title: 'Agency', plural: 'agencies', article: 'an agency' },
} as const

/** Who can have identity policies: IAM reference, section 3.1. */
export type Holder = keyof typeof NAMES

function permissionOf(holder: Holder, operation: string, level: Permission['level']): Permission {
  const action = `iam:${NAMES[holder].plural}:${operation}`
  return { action, level, resource: holder, conditionKeys: ['g:ResourceTag/<tag-key>'], dependencies: [] }
}

/** A holder is named by the same member everywhere: `user_id`, `group_id`, `agency_id`. */
export function holderIdOf(holder: Holder, named: Readonly<Record<string, unknown>>): string {
  return String(named[`${holder}_id`])
}

function holderReference(holder: Holder): TObject<Record<string, TString>> {
  return Type.Object({ [`${holder}_id`]: Id })
}

/** The three operations on what a user, a group or an agency has; they differ in nothing but its name. */
function defineAttachmentOperations(holder: Holder) {
  const { title, plural, article } = NAMES[holder]
  const reference = holderReference(holder)
  const change = { ...family, method: 'POST', params: PolicyParams, query: Type.Object({}), body: reference } as const
  const attach = defineOperation({
    ...change,
    id: `Attach${title}PolicyV5`,
    path: `/v5/policies/{policy_id}/attach-${holder}`,
    summary: `Give ${article} an identity policy.`,
    permission: permissionOf(holder, 'attachPolicyV5', 'Write'),
    status: 200,
    response: null,
    errors: [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.not_found', 'iam.conflict'],
  })
  const detach = defineOperation({
    ...change,
    id: `Detach${title}PolicyV5`,
    path: `/v5/policies/{policy_id}/detach-${holder}`,
    summary: `Take an identity policy from ${article}.`,
    permission: permissionOf(holder, 'detachPolicyV5', 'Write'),
    status: 200,
    response: null,
    errors: [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.not_found'],
  })
  const list = defineOperation({
    ...family,
    id: `ListAttached${title}PoliciesV5`,
    method: 'GET',
    path: `/v5/${plural}/{${holder}_id}/attached-policies`,
    summary: `List the identity policies of ${article}.`,
    permission: permissionOf(holder, 'listAttachedPoliciesV5', 'Read'),
    params: reference,
    query: Type.Object(MarkerQuery),
    body: null,
    status: 200,
    response: AttachedPolicies,
    errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
  })
  return { holder, attach, detach, list }
}

export const ATTACHMENT_OPERATIONS = [
  defineAttachmentOperations('user'),
  defineAttachmentOperations('group'),
  defineAttachmentOperations('agency'),
] as const
