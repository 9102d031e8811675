import { type Db, isForeignKeyViolation } from '#db'
import { AppError } from '#kernel'
import { roleNotFound } from './custom-policy.service.ts'
import type { GrantsDeps } from './deps.ts'
import { deleteGrant, type Grantee, type GrantPlace, insertGrant, listGrantedRoles } from './grant.store.ts'
import { isOwnPlace } from './place.view.ts'
import type { Policy } from './policy.ts'
import { findRole } from './policy.view.ts'
import { findSubject } from './subject.view.ts'

export type { Grantee, GrantPlace }

/** Grants a role of the account or the system; granted already is granted. Throws iam.not_found for what is not there. */
export async function grantRole(
  { db, clock }: GrantsDeps,
  domainId: string,
  grantee: Grantee,
  roleId: string,
): Promise<void> {
  await requireGrantee(db, domainId, grantee)
  if (!(await findRole(db, domainId, roleId))) throw roleNotFound(roleId)
  try {
    await insertGrant(db, grantee, { domainId, roleId }, clock.now())
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    // role, subject or project was deleted a moment ago
    throw new AppError('iam.not_found', { target: `role or ${grantee.kind}`, id: `${roleId}, ${grantee.subjectId}` })
  }
}

/** Throws iam.not_found when it is not granted there. */
export async function revokeRole(
  { db }: GrantsDeps,
  domainId: string,
  grantee: Grantee,
  roleId: string,
): Promise<void> {
  await requireGrantee(db, domainId, grantee)
  if (!(await deleteGrant(db, grantee, roleId))) throw notGranted(grantee, roleId)
}

/** Throws iam.not_found when it is not granted there. */
export async function requireGranted(
  { db }: GrantsDeps,
  domainId: string,
  grantee: Grantee,
  roleId: string,
): Promise<void> {
  await requireGrantee(db, domainId, grantee)
  const found = await listGrantedRoles(db, grantee, roleId)
  if (found.length === 0) throw notGranted(grantee, roleId)
}

export async function listRolesOf({ db }: GrantsDeps, domainId: string, grantee: Grantee): Promise<readonly Policy[]> {
  await requireGrantee(db, domainId, grantee)
  return listGrantedRoles(db, grantee)
}

/** Subject and place are the account's own. */
async function requireGrantee(db: Db, domainId: string, { kind, subjectId, place }: Grantee): Promise<void> {
  if (!(await findSubject(db, domainId, kind, subjectId))) {
    throw new AppError('iam.not_found', { target: kind, id: subjectId })
  }
  if (await isOwnPlace(db, domainId, place)) return
  if (place.scope === 'project') throw new AppError('iam.not_found', { target: 'project', id: place.projectId })
  const id = place.scope === 'enterprise_project' ? place.enterpriseProjectId : domainId
  throw new AppError('iam.not_found', { target: 'enterprise project', id })
}

function notGranted({ kind, subjectId }: Grantee, roleId: string): AppError {
  return new AppError('iam.not_found', { target: `role of ${kind} ${subjectId} there`, id: roleId })
}
