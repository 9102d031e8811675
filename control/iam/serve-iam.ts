import { type Api, type Handler, serve } from '#http'
import type { Operation } from '../../contract/operation.ts'
import type { IdentityCache } from './identity-cache.ts'

/**
 * Serves an operation of IAM. After one that changes something, this replica forgets what it knew before the caller has
 * its answer; the others hear of it from the database a moment later.
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
      return await handler(call)
    } finally {
      cache.clear()
    }
  }
}
