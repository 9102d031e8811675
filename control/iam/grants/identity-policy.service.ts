import { isForeignKeyViolation, isUniqueViolation } from '#db'
import { AppError } from '#kernel'
import type { GrantsDeps } from './deps.ts'
import { deletePolicy, insertPolicy, type NewPolicy } from './policy.store.ts'
import { newId, type Policy } from './policy.ts'
import { checkIdentityDocument } from './policy-document.ts'

export interface IdentityPolicyRequest {
  readonly name: string
  readonly document: string
  readonly path: string
  readonly description: string
}

/** Makes an identity policy of an account; throws iam.policy_invalid, or iam.conflict when the name is taken. */
export async function createIdentityPolicy(
  { db, clock }: GrantsDeps,
  domainId: string,
  { name, document, path, description }: IdentityPolicyRequest,
): Promise<Policy> {
  checkIdentityDocument(document)
  const createdAt = clock.now()
  const policy: NewPolicy = {
    ...{ id: newId(), domainId, name, displayName: name, path, description, createdAt, document },
    ...({ model: 'identity', type: 'AA', catalog: 'CUSTOMED', descriptionCn: '' } as const),
  }
  try {
    await db.transaction().execute((trx) => insertPolicy(trx, policy))
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError('iam.conflict', { detail: `the policy name ${name} is taken` }, { cause: error })
  }
  return { ...policy, updatedAt: createdAt, version: 1 }
}

/** Deletes a policy of the account, of either model; throws iam.conflict while somebody has it. */
export async function removePolicy({ db }: GrantsDeps, domainId: string, policyId: string): Promise<void> {
  try {
    if (await deletePolicy(db, domainId, policyId)) return
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    const detail = `the policy ${policyId} is in use; take it from everybody who has it first`
    throw new AppError('iam.conflict', { detail }, { cause: error })
  }
  throw new AppError('iam.not_found', { target: 'policy', id: policyId })
}
