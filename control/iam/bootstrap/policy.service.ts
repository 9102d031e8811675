import {
  insertPolicy,
  listAvailablePolicies,
  type NewPolicy,
  type PolicyChange,
  updatePolicy,
} from '../grants/policy.store.ts'
import type { Policy } from '../grants/policy.ts'
import { POLICY_NAME } from '../policy/index.ts'
import {
  type AccountApplication,
  matchRow,
  noteChange,
  noteCreated,
  refuse,
  requireWritten,
  writeAt,
} from './application.ts'
import type { PolicyEntry } from './document.ts'
import { findDifferences } from './named.ts'
import type { Place } from './parse.ts'
import { type CheckedDocument, checkPolicyDocument, isSameDocument } from './policy-document.ts'
import { putDocumentInForce } from './policy-version.service.ts'

/** The policies of the file, of both models. Returns all that the account can give then, the system's included. */
export async function applyPolicies(application: AccountApplication): Promise<readonly Policy[]> {
  const { trx, account, entry, place } = application
  const policies = await listAvailablePolicies(trx, account.id)
  if (entry.policies === undefined) return policies
  for (const [index, policy] of entry.policies.entries()) {
    await applyPolicy(application, policy, [...place, 'policies', index], policies)
  }
  return listAvailablePolicies(trx, account.id)
}

async function applyPolicy(
  application: AccountApplication,
  entry: PolicyEntry,
  place: Place,
  policies: readonly Policy[],
): Promise<void> {
  const document = checkPolicyDocument(application, entry.document, [...place, 'document'])
  const { isIdentity } = document
  refuseName(application, entry, place, isIdentity, policies)
  const rows = policies
    .filter(({ domainId, model }) => domainId !== null && (model === 'identity') === isIdentity)
    .map((policy) => ({ id: policy.id, name: policy.displayName, policy }))
  const { id, row } = matchRow(application, isIdentity ? 'identity policy' : 'policy', entry, place, rows)
  if (row) await changePolicy(application, entry, place, row.policy, document)
  else await createPolicy(application, entry, place, id, document)
}

/** A policy of the account must not pass for one of the system, and the name of an identity policy is in its URN. */
function refuseName(
  application: AccountApplication,
  { name }: PolicyEntry,
  place: Place,
  isIdentity: boolean,
  policies: readonly Policy[],
): void {
  if (isIdentity && !POLICY_NAME.test(name)) {
    refuse(application, [...place, 'name'], 'an identity policy is called by letters, digits and _+=.@- alone')
  }
  const isSystems = policies.some((policy) => policy.domainId === null && policy.displayName === name)
  if (isSystems) refuse(application, [...place, 'name'], `${name} is a policy of the system; choose another name`)
}

async function createPolicy(
  application: AccountApplication,
  { name, description = '' }: PolicyEntry,
  place: Place,
  id: string,
  { isIdentity, type, text }: CheckedDocument,
): Promise<void> {
  const { trx, at, account } = application
  const policy: NewPolicy = {
    ...{ id, domainId: account.id, displayName: name, type, description, createdAt: at, document: text },
    ...{ descriptionCn: '', path: '', catalog: 'CUSTOMED', model: isIdentity ? 'identity' : 'policy' },
    name: isIdentity ? name : `custom_${account.id}_${id}`,
  }
  await writeAt(application, place, () => insertPolicy(trx, policy))
  noteCreated(application, 'policy', name)
}

async function changePolicy(
  application: AccountApplication,
  { name, description }: PolicyEntry,
  place: Place,
  policy: Policy,
  { isIdentity, type, text }: CheckedDocument,
): Promise<void> {
  const { trx, at, account } = application
  if (isIdentity && policy.name !== name) {
    refuse(application, [...place, 'name'], `the identity policy ${policy.name} keeps its name`)
  }
  const own = { domainId: account.id, policyId: policy.id }
  const isSame = isSameDocument(policy.document, text)
  const classic = isSame || isIdentity ? {} : { document: text, type }
  const changes: PolicyChange = { ...findDifferences(policy, { displayName: name, description }), ...classic }
  if (noteChange(application, 'policy', name, changes)) {
    requireWritten(await writeAt(application, place, () => updatePolicy(trx, own, changes, at)))
  }
  if (isIdentity && !isSame) await putDocumentInForce(application, own, name, text)
}
