import type { GrantPlace, HeldRole } from '../grants/grant.store.ts'
import { type AccountApplication, refuse } from './application.ts'
import type { GrantEntry } from './document.ts'
import type { NamedRow } from './named.ts'
import type { Place } from './parse.ts'

/** Where something can be granted in an account, besides everywhere. */
export interface GrantPlaces {
  readonly projects: readonly NamedRow[]
  /** The default one included. */
  readonly enterpriseProjects: readonly NamedRow[]
}

export function requirePlace(
  application: AccountApplication,
  entry: GrantEntry,
  place: Place,
  { projects, enterpriseProjects }: GrantPlaces,
): GrantPlace {
  const { name: account } = application.account
  if ('project' in entry) {
    const found = projects.find(({ name }) => name === entry.project)
    if (!found) refuse(application, [...place, 'project'], `${account} has no project ${entry.project}`)
    return { scope: 'project', projectId: found.id }
  }
  if ('enterprise_project' in entry) {
    const { enterprise_project } = entry
    const found = enterpriseProjects.find(({ name }) => name === enterprise_project)
    if (!found) {
      refuse(
        application,
        [...place, 'enterprise_project'],
        `${account} has no enterprise project ${enterprise_project}`,
      )
    }
    return { scope: 'enterprise_project', enterpriseProjectId: found.id }
  }
  return { scope: 'all_projects' in entry ? 'all' : 'global' }
}

/** The same for the same role in the same place. */
export function keyOf({ roleId, place }: Pick<HeldRole, 'roleId' | 'place'>): string {
  const inside =
    'projectId' in place ? place.projectId : 'enterpriseProjectId' in place ? place.enterpriseProjectId : ''
  return JSON.stringify([roleId, place.scope, inside])
}

export function namePlace(place: GrantPlace, { projects, enterpriseProjects }: GrantPlaces): string {
  const named = (rows: readonly NamedRow[], id: string) => rows.find((row) => row.id === id)?.name ?? id
  switch (place.scope) {
    case 'project':
      return `in project ${named(projects, place.projectId)}`
    case 'enterprise_project':
      return `in enterprise project ${named(enterpriseProjects, place.enterpriseProjectId)}`
    case 'all':
      return 'in all projects'
    case 'global':
      return 'for global services'
  }
}
