import type { Resource, ResourceTag } from '#http'
import type { ResourceType } from '../../../contract/operation.ts'

/** What IAM's own actions are done to. The path of its URN is a name, and it belongs to no enterprise project. */
export function iamResource(type: ResourceType, name: string, tags: readonly ResourceTag[] = []): Resource {
  return { type, id: name, tags, enterpriseProjectId: null }
}
