import { type Api, type Handler, serve } from '#http'
import { AppError } from '#kernel'
import type { Operation } from '../../contract/operation.ts'
import type { IdentityCache } from './identity-cache.ts'

/**
 * Serves an operation of IAM. After one that changes something, this replica forgets what it knew before the caller has
 * its answer; the others hear of it from the database a moment later. A refused one makes nobody forget: whoever may do
 * nothing could otherwise keep the caches empty.
 */
export function serveIam<T extends Operation>(
  api: Api,
  { cache }: { readonly cache: IdentityCache },
  operation: T,
  handler: Handler<T>,
): void {
  serve(api, operation, isRead(operation) ? handler : forgettingAfter(cache, handler))
}

function isRead({ method }: Operation): boolean {
  return method === 'GET' || method === 'HEAD'
}

function forgettingAfter<T extends Operation>(cache: IdentityCache, handler: Handler<T>): Handler<T> {
  return async (call) => {
    try {
      const answer = await handler(call)
      cache.clear()
      return answer
    } catch (error) {
      // a defect may have come after the change; should a refusal ever do, the database announces the change all the same
      if (!(error instanceof AppError)) cache.clear()
      throw error
    }
  }
}
