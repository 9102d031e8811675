import { AppError } from '#kernel'
import type { IdentityDeps } from './deps.ts'
import { listProjects, type Project } from './identity.store.ts'
import { newId } from './new-id.ts'
import { insertProject, updateProject } from './project.store.ts'
import { isProjectName, isRegionProject } from './project.ts'

type ProjectDeps = Pick<IdentityDeps, 'db' | 'clock' | 'region'>

export interface ProjectFacts {
  readonly name: string
  readonly parent_id?: string
  readonly description?: string
}

export interface ProjectChanges {
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/** Says the same of an unknown project and one of another account. */
export async function requireOwnProject(
  { db }: Pick<ProjectDeps, 'db'>,
  domainId: string,
  id: string,
): Promise<Project> {
  const project = (await listProjects(db, domainId)).find((one) => one.id === id)
  if (!project) throw projectNotFound(id)
  return project
}

/** Makes the project of the region when there is none (the Node SDK does), or a further one inside it. */
export async function createProject(deps: ProjectDeps, domainId: string, facts: ProjectFacts): Promise<Project> {
  const { db, clock, region } = deps
  const { name, description = '' } = facts
  requireProjectName(region, name)
  const parent_id = isRegionProject(region, name) ? null : await requireRegionProject(deps, domainId)
  const parent = parent_id ?? domainId
  if (facts.parent_id !== undefined && facts.parent_id !== parent) throw projectNotFound(facts.parent_id)
  return insertProject(db, { id: newId(), domain_id: domainId, parent_id, name, description, created_at: clock.now() })
}

/** The project of the region keeps its name: every client looks for it by that. */
export async function changeProject(
  { db, region }: Pick<ProjectDeps, 'db' | 'region'>,
  project: Project,
  { name = project.name, description = project.description }: ProjectChanges,
): Promise<Project> {
  if (name !== project.name) {
    requireProjectName(region, name)
    if (isRegionProject(region, project.name) || isRegionProject(region, name)) {
      throw new AppError('iam.request_invalid', { detail: `body name: the project ${region} is that of the region` })
    }
  }
  const changed = await updateProject(db, project.domain_id, project.id, { name, description })
  if (!changed) throw projectNotFound(project.id)
  return changed
}

function requireProjectName(region: string, name: string): void {
  if (isProjectName(region, name)) return
  throw new AppError('iam.request_invalid', { detail: `body name must be ${region}, or begin with ${region}_` })
}

async function requireRegionProject({ db, region }: ProjectDeps, domainId: string): Promise<string> {
  const parent = (await listProjects(db, domainId)).find(({ name }) => name === region)
  if (!parent)
    throw new AppError('iam.conflict', { detail: `the account has no project ${region} yet; make that first` })
  return parent.id
}

function projectNotFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'project', id })
}
