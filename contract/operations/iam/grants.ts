import type { Operation } from '../../operation.ts'
import { ATTACHMENT_OPERATIONS, listEntitiesForPolicyV5 } from './attachment.ts'
import { decodeAuthorizationMessage } from './authorization-message.ts'
import { getAuthorizationSchemaV5, listRegisteredServicesV5 } from './authorization-schema.ts'
import { GRANT_OPERATIONS } from './grant.ts'
import { createPolicyV5, deletePolicyV5, getPolicyV5, listPoliciesV5 } from './identity-policy.ts'
import {
  createPolicyVersionV5,
  deletePolicyVersionV5,
  getPolicyVersionV5,
  listPolicyVersionsV5,
  setDefaultPolicyVersionV5,
} from './policy-version.ts'
import {
  createCustomPolicy,
  deleteCustomPolicy,
  listCustomPolicies,
  listPermissions,
  showCustomPolicy,
  showPermission,
  updateCustomPolicy,
} from './role.ts'
import { listRoleAssignments } from './role-assignment.ts'

/** Policies of both models, and who has them. */
export const GRANTS_OPERATIONS: readonly Operation[] = [
  listPermissions,
  showPermission,
  listCustomPolicies,
  createCustomPolicy,
  showCustomPolicy,
  updateCustomPolicy,
  deleteCustomPolicy,
  ...GRANT_OPERATIONS.flatMap(({ grant, check, revoke, list }): Operation[] => [grant, check, revoke, list]),
  listRoleAssignments,
  listPoliciesV5,
  createPolicyV5,
  getPolicyV5,
  deletePolicyV5,
  listPolicyVersionsV5,
  createPolicyVersionV5,
  getPolicyVersionV5,
  deletePolicyVersionV5,
  setDefaultPolicyVersionV5,
  listEntitiesForPolicyV5,
  ...ATTACHMENT_OPERATIONS.flatMap(({ attach, detach, list }): Operation[] => [attach, detach, list]),
  listRegisteredServicesV5,
  getAuthorizationSchemaV5,
  decodeAuthorizationMessage,
]
