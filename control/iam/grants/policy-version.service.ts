import { AppError } from '#kernel'
import { MOST_POLICY_VERSIONS } from '../policy/index.ts'
import type { GrantsDeps } from './deps.ts'
import { insertVersion, type PolicyVersion } from './policy.store.ts'
import { renderVersionId } from './policy.ts'
import { checkIdentityDocument } from './policy-document.ts'
import {
  deleteVersion,
  findVersion,
  listVersions,
  lockPolicy,
  nextVersion,
  updateDefaultVersion,
} from './policy-version.store.ts'

export type { PolicyVersion }

interface Own {
  readonly domainId: string
  readonly policyId: string
}

/** Adds a version; throws iam.policy_invalid, or iam.conflict when the policy has as many as it may. */
export async function createVersion(
  { db, clock }: GrantsDeps,
  own: Own,
  document: string,
  setAsDefault: boolean,
): Promise<PolicyVersion> {
  checkIdentityDocument(document)
  return db.transaction().execute(async (trx) => {
    const next = await nextVersion(trx, own)
    if (!next) throw policyNotFound(own.policyId)
    if (next.count >= MOST_POLICY_VERSIONS) {
      const detail = `a policy has up to ${MOST_POLICY_VERSIONS} versions; delete one that is not the default`
      throw new AppError('iam.conflict', { detail })
    }
    const { policyId } = own
    const version = { policyId, version: next.version, document, isDefault: false, createdAt: clock.now() }
    await insertVersion(trx, version)
    if (setAsDefault) await updateDefaultVersion(trx, policyId, version.version, version.createdAt)
    return { ...version, isDefault: setAsDefault }
  })
}

/** The newest first. */
export function listVersionsOf({ db }: GrantsDeps, policyId: string): Promise<readonly PolicyVersion[]> {
  return listVersions(db, policyId)
}

export async function requireVersion({ db }: GrantsDeps, policyId: string, version: number): Promise<PolicyVersion> {
  const found = await findVersion(db, policyId, version)
  if (!found) throw versionNotFound(version)
  return found
}

/** Puts a version in force. */
export async function setDefaultVersion({ db, clock }: GrantsDeps, own: Own, version: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await lockPolicy(trx, own))) throw policyNotFound(own.policyId)
    if (!(await findVersion(trx, own.policyId, version))) throw versionNotFound(version)
    await updateDefaultVersion(trx, own.policyId, version, clock.now())
  })
}

/** Throws iam.conflict for the default version: a policy is never without one. */
export async function removeVersion({ db }: GrantsDeps, own: Own, version: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await lockPolicy(trx, own))) throw policyNotFound(own.policyId)
    if (await deleteVersion(trx, own.policyId, version)) return
    if (!(await findVersion(trx, own.policyId, version))) throw versionNotFound(version)
    const detail = `${renderVersionId(version)} is the default version; make another one the default first`
    throw new AppError('iam.conflict', { detail })
  })
}

export function policyNotFound(policyId: string): AppError {
  return new AppError('iam.not_found', { target: 'policy', id: policyId })
}

function versionNotFound(version: number): AppError {
  return new AppError('iam.not_found', { target: 'policy version', id: renderVersionId(version) })
}
