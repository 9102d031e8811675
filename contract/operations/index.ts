import type { Operation } from '../operation.ts'
import { AGENTS_OPERATIONS } from './agents/agents.ts'
import { FLEET_OPERATIONS } from './fleet/fleet.ts'
import { GRANTS_OPERATIONS } from './iam/grants.ts'
import { IDENTITY_OPERATIONS } from './iam/identity.ts'
import { checkToken, revokeToken, validateToken } from './iam/subject-token.ts'
import { assumeAgency, createTemporaryAccessKey, getCallerIdentity } from './iam/temporary-key.ts'
import { createUserTokenByPassword } from './iam/token.ts'
import { JOBS_OPERATIONS } from './jobs/jobs.ts'
import { LIFECYCLE_OPERATIONS } from './lifecycle/lifecycle.ts'
import { SESSIONS_OPERATIONS } from './sessions/sessions.ts'
import { batchUpdateTsvi } from './tsvi/update.ts'
import { VPC_OPERATIONS } from './vpc/vpc.ts'

/** Every operation of the API, in the order of the reference. */
export const OPERATIONS: readonly Operation[] = [
  batchUpdateTsvi,
  ...FLEET_OPERATIONS,
  ...LIFECYCLE_OPERATIONS,
  ...AGENTS_OPERATIONS,
  ...SESSIONS_OPERATIONS,
  ...JOBS_OPERATIONS,
  ...VPC_OPERATIONS,
  createUserTokenByPassword,
  validateToken,
  checkToken,
  revokeToken,
  createTemporaryAccessKey,
  assumeAgency,
  getCallerIdentity,
  ...GRANTS_OPERATIONS,
  ...IDENTITY_OPERATIONS,
]
