import assert from 'node:assert/strict'
import { insertTestAccount } from '../testing/identity.ts'
import { type Caller, type Place, passwordBody, requireOperation, tokenOf } from './test-place.ts'
import type { Rows } from './test-row.ts'

async function subject(place: Place, about: Caller) {
  return { headers: { 'x-subject-token': await tokenOf(place, about) } }
}

/** An agency of a third account that this one may assume, and the other one may not. */
async function foreignAgency({ api, domainId }: Place): Promise<string> {
  const { domain } = await insertTestAccount(api)
  const agency = { id: crypto.randomUUID(), name: 'helpdesk', domain_id: domain.id, trust_domain_id: domainId }
  await api.db
    .insertInto('iam.agency')
    .values({ ...agency, created_at: new Date(0) })
    .execute()
  return `iam::${domain.id}:agency:${agency.name}`
}

/** What a refusal of the plain user came with. */
async function encodedMessage(place: Place): Promise<string> {
  const refused = await place.call(requireOperation('ListPoliciesV5'), {}, { key: place.plain.key })
  assert.equal(refused.status, 403)
  const { encoded_authorization_message: message = '' } = refused.body as Record<string, string>
  assert.notEqual(message, '')
  place.ours.add(message)
  return message
}

/** Tokens and temporary keys. Who has the password or the token in the body is who gets one for it. */
export const CREDENTIAL_ROWS: Rows = {
  KeystoneCreateUserTokenByPassword: {
    whose: 'anybody',
    ask: ({ otherAccount }) => ({ body: passwordBody({ ...otherAccount.owner, key: otherAccount.owner.access_key }) }),
  },
  KeystoneValidateToken: { whose: { othersBy: 'iam:tokens:validateToken' }, ask: subject },
  KeystoneCheckToken: { whose: { othersBy: 'iam:tokens:validateToken' }, ask: subject },
  KeystoneRevokeToken: { whose: { othersBy: 'iam:tokens:revokeToken' }, ask: subject },
  CreateTemporaryAccessKeyByToken: {
    whose: 'anybody',
    ask: async (place) => {
      const id = await tokenOf(place, place.stranger)
      return { body: { auth: { identity: { methods: ['token'], token: { id } } } } }
    },
  },
  AssumeAgency: {
    elsewhere: 403,
    ask: async (place) => ({ body: { agency_urn: await foreignAgency(place), agency_session_name: 'matrix' } }),
  },
  GetCallerIdentity: { whose: 'anybody', ask: () => ({}) },
  // what is no message of the caller's account is no message at all
  DecodeAuthorizationMessage: {
    elsewhere: 400,
    ask: async (place) => ({ body: { encoded_message: await encodedMessage(place) } }),
  },
}
