import type { Ask, Place } from './test-place.ts'

/** A request in the project of the account. */
export function inProject({ projectId }: Place, more: Record<string, string> = {}): Ask {
  return { params: { project_id: projectId, ...more } }
}
