import type { AccessKey } from '../testing/api.ts'
import { freshName, type Place } from './test-place.ts'

/** Things of the account, each made anew through the API and kept in mind as ours. */

async function made(place: Place, kind: string, make: (name: string) => Promise<string>): Promise<string> {
  const name = freshName(kind)
  const id = await make(name)
  place.ours.add(id).add(name)
  return id
}

export function makeUser(place: Place): Promise<string> {
  return made(place, 'user', async (name) => {
    const { user } = await place.give<{ user: { id: string } }>('KeystoneCreateUser', { body: { user: { name } } })
    return user.id
  })
}

export function makeGroup(place: Place): Promise<string> {
  return made(place, 'group', async (name) => {
    const { group } = await place.give<{ group: { id: string } }>('KeystoneCreateGroup', { body: { group: { name } } })
    return group.id
  })
}

/** A group with a member. */
export async function makeMembership(place: Place): Promise<{ group_id: string; user_id: string }> {
  const params = { group_id: await makeGroup(place), user_id: await makeUser(place) }
  await place.give('KeystoneAddUserToGroup', { params })
  return params
}

/** A user with one access key. */
export async function makeKey(place: Place): Promise<{ user_id: string; access: string }> {
  const user_id = await makeUser(place)
  const body = { credential: { user_id } }
  const { credential } = await place.give<{ credential: AccessKey }>('CreatePermanentAccessKey', { body })
  place.ours.add(credential.access)
  return { user_id, access: credential.access }
}

export function makeAgency(place: Place): Promise<string> {
  return made(place, 'agency', async (name) => {
    const body = { agency: { name, domain_id: place.domainId, trust_domain_id: place.otherAccount.domain.id } }
    return (await place.give<{ agency: { id: string } }>('CreateAgency', { body })).agency.id
  })
}

/** What trusts the other account. */
export function trustPolicyOf({ otherAccount }: Place): string {
  const Principal = { IAM: [otherAccount.domain.id] }
  const Statement = [{ Effect: 'Allow', Action: ['sts:agencies:assume'], Principal }]
  return JSON.stringify({ Version: '5.0', Statement })
}

export function makeTrustAgency(place: Place): Promise<string> {
  return made(place, 'agency', async (agency_name) => {
    const body = { agency_name, trust_policy: trustPolicyOf(place) }
    return (await place.give<{ agency: { agency_id: string } }>('CreateAgencyV5', { body })).agency.agency_id
  })
}

export function makeEnterpriseProject(place: Place): Promise<string> {
  return made(place, 'ep', async (name) => {
    const body = { name }
    const answer = await place.give<{ enterprise_project: { id: string } }>('CreateEnterpriseProject', { body })
    return answer.enterprise_project.id
  })
}

export const IDENTITY_DOCUMENT = JSON.stringify({
  Version: '5.0',
  Statement: [{ Effect: 'Allow', Action: ['workspace:server:list'] }],
})

export const ROLE_DOCUMENT = { Version: '1.1', Statement: [{ Effect: 'Allow', Action: ['workspace:server:list'] }] }

/** An identity policy that nobody has. */
export function makePolicy(place: Place): Promise<string> {
  return made(place, 'policy', async (policy_name) => {
    const body = { policy_name, policy_document: IDENTITY_DOCUMENT }
    return (await place.give<{ policy: { policy_id: string } }>('CreatePolicyV5', { body })).policy.policy_id
  })
}

/** An identity policy with a second version, v2, that is not in force. */
export async function makeTwoVersions(place: Place): Promise<string> {
  const policy_id = await makePolicy(place)
  const body = { policy_document: IDENTITY_DOCUMENT, set_as_default: false }
  await place.give('CreatePolicyVersionV5', { params: { policy_id }, body })
  return policy_id
}

/** A custom policy of the older model that is granted to nobody. */
export function makeRole(place: Place): Promise<string> {
  return made(place, 'role', async (display_name) => {
    const role = { display_name, type: 'XA', description: '', policy: ROLE_DOCUMENT }
    const answer = await place.give<{ role: { id: string; name: string } }>('CreateCloudServiceCustomPolicy', {
      body: { role },
    })
    return answer.role.id
  })
}
