import type { KnownPlace, OutsidePlace } from './outside.store.ts'

/** May tokens for a place be used here? `missing`: not yet, it has to be made first. */
export type Admission = 'admitted' | 'missing' | { readonly refused: string }

/**
 * What is ours stays ours: an identity service outside speaks for accounts that are known from it alone, so for none
 * that has users here, and for no project of another account, whatever it says.
 */
export function admissionOf({ domain, project }: OutsidePlace, known: KnownPlace): Admission {
  if (known.isOutside === false || known.hasUsers)
    return { refused: `domain ${domain.id} is an account of this service` }
  if (known.isOurUser) return { refused: 'the user has the id of a user of this service' }
  if (known.enabled === false) return { refused: `domain ${domain.id} is disabled here` }
  const owner = known.projectDomainId
  if (project !== null && owner !== null && owner !== domain.id)
    return { refused: `project ${project.id} belongs to another domain here` }
  return known.isOutside === null || (project !== null && owner === null) ? 'missing' : 'admitted'
}
