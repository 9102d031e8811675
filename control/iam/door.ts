import { LRUCache } from 'lru-cache'
import type { Door } from '#http'
import { AppError } from '#kernel'
import { type AuthenticateDeps, createAuthenticator } from './authenticate.ts'
import { requireAllowed } from './authorize.ts'
import { findProject, type Project } from './identity.store.ts'

const CACHE_MS = 10_000
const CACHE_ENTRIES = 10_000

/** The door of the API: who, where, and whether. Warm, it costs no query. */
export function createDoor(deps: AuthenticateDeps, region: string): Door {
  const projects = new LRUCache<string, Project>({ max: CACHE_ENTRIES, ttl: CACHE_MS })
  return {
    authenticate: createAuthenticator(deps, region),
    requireProject: async (principal, projectId) => {
      const project = projects.get(projectId) ?? (await findProject(deps.db, { id: projectId }))
      if (project) projects.set(projectId, project)
      const scoped = principal.credential === 'access_key' || principal.projectId === projectId
      // one answer for an unknown project, another account's, and one the token is not for
      if (!project?.enabled || project.domain_id !== principal.domainId || !scoped) {
        throw new AppError('iam.forbidden', { reason: 'The credential is not valid for the project of the path.' })
      }
    },
    authorize: async (principal, checks) => requireAllowed(principal, checks, region),
  }
}
