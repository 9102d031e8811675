import { randomUUID } from 'node:crypto'
import { AppError } from '#kernel'
import type { IdentityDeps } from './deps.ts'
import {
  countEnterpriseProjectRows,
  deleteEnterpriseProject,
  findDomainCreatedAt,
  findEnterpriseProjectRow,
  insertEnterpriseProject,
  listEnterpriseProjectRows,
  lockDomain,
  updateEnterpriseProject,
} from './enterprise-project.store.ts'
import {
  DEFAULT_ENTERPRISE_PROJECT,
  DEFAULT_ENTERPRISE_PROJECT_NAME,
  defaultEnterpriseProject,
  type EnterpriseProject,
} from './enterprise-project.ts'

type EpsDeps = Pick<IdentityDeps, 'db' | 'clock'>
type DbDeps = Pick<IdentityDeps, 'db'>

/** Published: an account has at most so many enterprise projects, the default one not counted. */
export const ENTERPRISE_PROJECT_QUOTA = 100

export interface EnterpriseProjectFacts {
  readonly name: string
  readonly description?: string
  readonly type?: string
}

export async function listEnterpriseProjects({ db }: DbDeps, domainId: string): Promise<EnterpriseProject[]> {
  const rows = await listEnterpriseProjectRows(db, domainId)
  return [defaultEnterpriseProject(await findDomainCreatedAt(db, domainId)), ...rows]
}

/** Says the same of an unknown one and one of another account. */
export async function requireEnterpriseProject(
  { db }: DbDeps,
  domainId: string,
  id: string,
): Promise<EnterpriseProject> {
  if (id === DEFAULT_ENTERPRISE_PROJECT) return defaultEnterpriseProject(await findDomainCreatedAt(db, domainId))
  const found = await findEnterpriseProjectRow(db, domainId, id)
  if (!found) throw notFound(id)
  return found
}

/** Makes one. The row of the account is locked while they are counted: two at once do not both find room. */
export async function createEnterpriseProject(
  { db, clock }: EpsDeps,
  domainId: string,
  { name, description = '', type = 'prod' }: EnterpriseProjectFacts,
): Promise<EnterpriseProject> {
  refuseDefaultName(name)
  const at = clock.now()
  const row = { id: randomUUID(), domain_id: domainId, name, description, type, created_at: at, updated_at: at }
  return db.transaction().execute(async (trx) => {
    await lockDomain(trx, domainId)
    if ((await countEnterpriseProjectRows(trx, domainId)) >= ENTERPRISE_PROJECT_QUOTA) {
      const detail = `the account has ${ENTERPRISE_PROJECT_QUOTA} enterprise projects, the most there can be`
      throw new AppError('iam.conflict', { detail })
    }
    return insertEnterpriseProject(trx, row)
  })
}

/** The type stays as it was made. */
export async function changeEnterpriseProject(
  { db, clock }: EpsDeps,
  domainId: string,
  project: EnterpriseProject,
  { name, description }: EnterpriseProjectFacts,
): Promise<EnterpriseProject> {
  refuseDefault(project.id)
  refuseDefaultName(name)
  const changes = { name, description: description ?? project.description, updated_at: clock.now() }
  const changed = await updateEnterpriseProject(db, domainId, project.id, changes)
  if (!changed) throw notFound(project.id)
  return changed
}

export async function switchEnterpriseProject(
  { db, clock }: EpsDeps,
  domainId: string,
  id: string,
  isEnabled: boolean,
): Promise<void> {
  refuseDefault(id)
  const changes = { status: isEnabled ? 1 : 2, updated_at: clock.now() }
  if (!(await updateEnterpriseProject(db, domainId, id, changes))) throw notFound(id)
}

export async function removeEnterpriseProject({ db }: DbDeps, domainId: string, id: string): Promise<void> {
  refuseDefault(id)
  if (!(await deleteEnterpriseProject(db, domainId, id))) throw notFound(id)
}

function refuseDefault(id: string): void {
  if (id !== DEFAULT_ENTERPRISE_PROJECT) return
  throw new AppError('iam.conflict', { detail: 'the default enterprise project stays as it is' })
}

function refuseDefaultName(name: string): void {
  if (name.toLowerCase() !== DEFAULT_ENTERPRISE_PROJECT_NAME) return
  throw new AppError('iam.request_invalid', { detail: 'body name is that of the default enterprise project' })
}

function notFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'enterprise project', id })
}
