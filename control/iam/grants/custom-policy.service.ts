import { isUniqueViolation } from '#db'
import { AppError } from '#kernel'
import type { GrantsDeps } from './deps.ts'
import { findPolicy, insertPolicy, type NewPolicy, updatePolicy } from './policy.store.ts'
import { newId, type Policy } from './policy.ts'
import { findRole } from './policy.view.ts'
import { checkClassicDocument } from './policy-document.ts'
import { lockPolicy } from './policy-version.store.ts'

export interface CustomPolicyRequest {
  readonly displayName: string
  readonly type: 'AX' | 'XA'
  readonly description: string
  readonly descriptionCn: string
  readonly policy: unknown
}

/** Makes a policy of the role and policy model; throws iam.policy_invalid, or iam.conflict when the name is taken. */
export async function createCustomPolicy(
  { db, clock }: GrantsDeps,
  domainId: string,
  { displayName, type, description, descriptionCn, policy: value }: CustomPolicyRequest,
): Promise<Policy> {
  const document = checkClassicDocument(type, value)
  const id = newId()
  const createdAt = clock.now()
  const name = `custom_${domainId}_${id}`
  const policy: NewPolicy = {
    ...{ id, domainId, name, displayName, type, description, descriptionCn, createdAt, document },
    ...({ model: 'policy', catalog: 'CUSTOMED', path: '' } as const),
  }
  await namingConflicts(displayName, () => db.transaction().execute((trx) => insertPolicy(trx, policy)))
  return { ...policy, updatedAt: createdAt, version: 1 }
}

export type CustomPolicyChange = { readonly [K in keyof CustomPolicyRequest]: CustomPolicyRequest[K] | undefined }

/** Changes what is given; what type and document say together is checked even when only one of them changes. */
export async function changeCustomPolicy(
  { db, clock }: GrantsDeps,
  own: { readonly domainId: string; readonly policyId: string },
  { policy: value, ...given }: CustomPolicyChange,
): Promise<Policy> {
  return namingConflicts(given.displayName ?? '', () =>
    db.transaction().execute(async (trx) => {
      // two changes at once come one after the other, so that neither undoes what the other has changed
      if (!(await lockPolicy(trx, own))) throw roleNotFound(own.policyId)
      const known = await findRole(trx, own.domainId, own.policyId)
      if (known?.domainId !== own.domainId) throw roleNotFound(own.policyId)
      const type = given.type ?? (known.type === 'AX' ? 'AX' : 'XA')
      const document = checkClassicDocument(type, value ?? JSON.parse(known.document))
      const { displayName, description, descriptionCn } = given
      const change = { displayName, description, descriptionCn, type, document }
      if (!(await updatePolicy(trx, own, defined(change), clock.now()))) throw roleNotFound(own.policyId)
      return (await findPolicy(trx, own.domainId, own.policyId)) as Policy
    }),
  )
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>
}

async function namingConflicts<T>(displayName: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError(
      'iam.conflict',
      { detail: `the name ${displayName} is taken by another policy` },
      { cause: error },
    )
  }
}

export function roleNotFound(roleId: string): AppError {
  return new AppError('iam.not_found', { target: 'role', id: roleId })
}
