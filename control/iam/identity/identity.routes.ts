import type { Api } from '#http'
import { accessKeyRoutes } from './access-key.routes.ts'
import { accessKeyV5Routes } from './access-key-v5.routes.ts'
import { agencyRoutes } from './agency.routes.ts'
import { agencyV5Routes } from './agency-v5.routes.ts'
import type { UserDeps } from './deps.ts'
import { discoveryRoutes } from './discovery.routes.ts'
import { enterpriseProjectRoutes } from './enterprise-project.routes.ts'
import { groupRoutes } from './group.routes.ts'
import { groupV5Routes } from './group-v5.routes.ts'
import { membershipRoutes } from './membership.routes.ts'
import { projectRoutes } from './project.routes.ts'
import { userRoutes } from './user.routes.ts'
import { userV5Routes } from './user-v5.routes.ts'

/** Who there is: accounts, projects, users, groups, keys, agencies, enterprise projects. */
export function identityRoutes(api: Api, deps: UserDeps): void {
  discoveryRoutes(api, deps)
  projectRoutes(api, deps)
  userRoutes(api, deps)
  userV5Routes(api, deps)
  groupRoutes(api, deps)
  groupV5Routes(api, deps)
  membershipRoutes(api, deps)
  accessKeyRoutes(api, deps)
  accessKeyV5Routes(api, deps)
  agencyRoutes(api, deps)
  agencyV5Routes(api, deps)
  enterpriseProjectRoutes(api, deps)
}
