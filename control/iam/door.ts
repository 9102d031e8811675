import type { Door } from '#http'
import { AppError } from '#kernel'
import { createAuthorize } from './authorize.ts'
import { type AuthenticateDeps, createAuthenticator } from './credential/authenticate.ts'
import { findProject, type Project } from './identity/identity.store.ts'

/** The door of the API: who, where, and whether. Warm, it costs no query. */
export function createDoor(deps: AuthenticateDeps, region: string): Door {
  const remember = deps.cache.remember<Project>('project')
  const projectOf = (projectId: string) => remember(projectId, () => findProject(deps.db, { id: projectId }))
  const projectName = async (projectId: string) => (await projectOf(projectId))?.name
  return {
    authenticate: createAuthenticator(deps, region),
    requireProject: async (principal, projectId) => {
      const project = await projectOf(projectId)
      // a key that names no project is good for all of its account; a token that names none is good for none
      const isUnbound = principal.credential !== 'token' && principal.projectId === null
      const scoped = isUnbound || principal.projectId === projectId
      // one answer for an unknown project, another account's, and one the token is not for
      if (!project?.enabled || project.domain_id !== principal.domainId || !scoped) {
        throw new AppError('iam.forbidden', { reason: 'The credential is not valid for the project of the path.' })
      }
    },
    authorize: createAuthorize({ ...deps, region, projectName }),
  }
}
