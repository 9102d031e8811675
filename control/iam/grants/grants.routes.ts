import type { Api } from '#http'
import { attachmentRoutes } from './attachment.routes.ts'
import type { GrantsDeps } from './deps.ts'
import { grantRoutes } from './grant.routes.ts'
import { policyRoutes } from './policy.routes.ts'
import { policyVersionRoutes } from './policy-version.routes.ts'
import { roleRoutes } from './role.routes.ts'
import { schemaRoutes } from './schema.routes.ts'

/** Policies of both models, who has them, and what can be granted. */
export function grantsRoutes(api: Api, deps: GrantsDeps): void {
  policyRoutes(api, deps)
  policyVersionRoutes(api, deps)
  attachmentRoutes(api, deps)
  roleRoutes(api, deps)
  grantRoutes(api, deps)
  schemaRoutes(api, deps)
}
