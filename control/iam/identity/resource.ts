import type { Resource, ResourceTag } from '#http'
import { AppError } from '#kernel'
import type { ResourceType } from '../../../contract/operation.ts'

/** What IAM's own actions are done to. The path of its URN is a name, and it belongs to no enterprise project. */
export function iamResource(type: ResourceType, name: string, tags: readonly ResourceTag[] = []): Resource {
  return { type, id: name, tags, enterpriseProjectId: null }
}

export type Authorize = (resources: readonly Resource[]) => Promise<void>

/**
 * What is looked up, once the permission was asked for it. For what is not there it is asked as well, as if its name were
 * what the caller sent: who may not, learns not even that.
 */
export async function permitted<T>(
  looked: Promise<T>,
  unknown: Resource,
  resourcesOf: (found: T) => readonly Resource[],
  authorize: Authorize,
): Promise<T> {
  const found = await looked.catch(async (error: unknown) => {
    if (error instanceof AppError && error.word === 'iam.not_found') await authorize([unknown])
    throw error
  })
  await authorize(resourcesOf(found))
  return found
}
