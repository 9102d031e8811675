import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { decodeAuthorizationMessage } from '../../contract/operations/iam/authorization-message.ts'
import { openMessage } from './authorization-message.ts'
import type { Keyring } from './keys/keyring.ts'

/** Reads only, so that no cache needs to be cleared after it. */
export function authorizationMessageRoutes(api: Api, { keyring }: { readonly keyring: Keyring }): void {
  serve(api, decodeAuthorizationMessage, async ({ principal, body }) => {
    const decoded_message = await openMessage(keyring, principal.domainId, body.encoded_message)
    if (decoded_message !== undefined) return { decoded_message }
    throw new AppError('iam.request_invalid', {
      detail: 'encoded_message is not one that a refusal of this account came with',
    })
  })
}
