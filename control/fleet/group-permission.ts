import type { Tag } from '#db'
import type { Check, Resource } from '#http'
import type { Place } from './network-permission.ts'

interface Asked {
  readonly id: string
  readonly tags: readonly Tag[]
  readonly enterprise_project_id: string
}

export function groupResource({ id, tags, enterprise_project_id }: Asked): Resource {
  return { type: 'serverGroup', id, tags, enterpriseProjectId: enterprise_project_id }
}

/** A group that is not there: who may not do it to any such group is not told so. */
export function unknownGroup(id: string): Resource {
  return { type: 'serverGroup', id, tags: [], enterpriseProjectId: null }
}

/** The question of an operation that brings tags (contract 8.2, RQ). */
export function tagCheck(
  { permission }: { readonly permission: { readonly action: string } },
  projectId: string,
  resource: Resource,
  requestTags: readonly Tag[],
): Check {
  return { action: permission.action, projectId, resource, requestTags }
}

/** Who names an image depends on reading images (contract 8.2). */
export function imageCheck(projectId: string): Check {
  return { action: 'ims:images:list', projectId, resource: null }
}

/** Who makes a group depends on reading its image, its subnet and the ports there (contract 8.2). */
export function placeChecks(projectId: string, { subnet, port }: Place): readonly Check[] {
  return [
    imageCheck(projectId),
    { action: 'vpc:subnets:get', projectId, resource: subnet },
    { action: 'vpc:ports:get', projectId, resource: port },
  ]
}
