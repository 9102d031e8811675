import type { Operation } from '../../contract/operation.ts'
import { ATTACHMENT_OPERATIONS, type Holder } from '../../contract/operations/iam/attachment.ts'
import { GRANT_OPERATIONS } from '../../contract/operations/iam/grant.ts'
import type { Ask, Place } from './test-place.ts'
import { freshName } from './test-place.ts'
import type { Row, Rows } from './test-row.ts'
import {
  IDENTITY_DOCUMENT,
  makeAgency,
  makeEnterpriseProject,
  makeGroup,
  makePolicy,
  makeRole,
  makeTwoVersions,
  makeUser,
  ROLE_DOCUMENT,
} from './test-things.ts'

const MAKERS: Readonly<Record<string, (place: Place) => string | Promise<string>>> = {
  project_id: ({ projectId }) => projectId,
  domain_id: ({ domainId }) => domainId,
  group_id: makeGroup,
  agency_id: makeAgency,
  user_id: makeUser,
  enterprise_project_id: makeEnterpriseProject,
  role_id: makeRole,
}

/** New things for every place of a path. */
async function paramsOf({ path }: Operation, place: Place): Promise<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) params[name] = (await MAKERS[name]?.(place)) ?? ''
  return params
}

type Entry = readonly [operationId: string, row: Row]

/** Roles: granted, asked for, taken away and listed in every place. */
function grantRows({ grant, check, revoke, list }: (typeof GRANT_OPERATIONS)[number]): readonly Entry[] {
  const granted = async (place: Place): Promise<Ask> => {
    const params = await paramsOf(grant, place)
    await place.give(grant.id, { params })
    return { params }
  }
  return [
    [grant.id, { ask: async (place) => ({ params: await paramsOf(grant, place) }) }],
    [check.id, { ask: granted }],
    [revoke.id, { ask: granted }],
    [list.id, { ask: granted }],
  ]
}

const HOLDERS = { user: makeUser, group: makeGroup, agency: makeAgency } as const

/** Identity policies: given, taken and listed. */
function attachmentRows({ holder, attach, detach, list }: (typeof ATTACHMENT_OPERATIONS)[number]): readonly Entry[] {
  const both = async (place: Place) => ({
    params: { policy_id: await makePolicy(place) },
    body: { [`${holder}_id`]: await HOLDERS[holder satisfies Holder](place) },
  })
  const attached = async (place: Place) => {
    const ask = await both(place)
    await place.give(attach.id, ask)
    return ask
  }
  return [
    [attach.id, { ask: both }],
    [detach.id, { ask: attached }],
    [list.id, { ask: async (place) => ({ params: (await attached(place)).body }) }],
  ]
}

const onePolicy = async (place: Place) => ({ params: { policy_id: await makePolicy(place) } })
const oneRole = async (place: Place) => ({ params: { role_id: await makeRole(place) } })
const secondVersion = async (place: Place) => ({
  params: { policy_id: await makeTwoVersions(place), version_id: 'v2' },
})

/** Policies of both models, and who has them. */
export const GRANTS_ROWS: Rows = {
  // an account that is not the caller's is a filter that nothing passes
  KeystoneListPermissions: { elsewhere: 200, ask: ({ domainId }) => ({ query: { domain_id: domainId } }) },
  KeystoneShowPermission: { ask: oneRole },
  ListCustomPolicies: { ask: () => ({}) },
  CreateCloudServiceCustomPolicy: {
    ask: () => {
      const role = { display_name: freshName('role'), type: 'XA', description: '', policy: ROLE_DOCUMENT }
      return { body: { role } }
    },
  },
  ShowCustomPolicy: { ask: oneRole },
  UpdateCloudServiceCustomPolicy: {
    ask: async (place) => ({ ...(await oneRole(place)), body: { role: { description: 'changed' } } }),
  },
  DeleteCustomPolicy: { ask: oneRole },
  ...Object.fromEntries(GRANT_OPERATIONS.flatMap(grantRows)),
  ShowDomainRoleAssignments: { ask: ({ domainId }) => ({ query: { domain_id: domainId } }) },
  ListPoliciesV5: { ask: () => ({}) },
  CreatePolicyV5: { ask: () => ({ body: { policy_name: freshName('policy'), policy_document: IDENTITY_DOCUMENT } }) },
  GetPolicyV5: { ask: onePolicy },
  DeletePolicyV5: { ask: onePolicy },
  ListPolicyVersionsV5: { ask: onePolicy },
  CreatePolicyVersionV5: {
    ask: async (place) => ({ ...(await onePolicy(place)), body: { policy_document: IDENTITY_DOCUMENT } }),
  },
  GetPolicyVersionV5: { ask: secondVersion },
  DeletePolicyVersionV5: { ask: secondVersion },
  SetDefaultPolicyVersionV5: { ask: secondVersion },
  ListEntitiesForPolicyV5: { ask: onePolicy },
  ...Object.fromEntries(ATTACHMENT_OPERATIONS.flatMap(attachmentRows)),
  ListRegisteredServicesForAuthSchemaV5: { whose: 'anybody', ask: () => ({}) },
  GetAuthorizationSchemaV5: { whose: 'anybody', ask: () => ({ params: { service_code: 'workspace' } }) },
}
