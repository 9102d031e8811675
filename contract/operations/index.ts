import type { Operation } from '../operation.ts'
import { listCorpConfigInfo } from './fleet/configuration.ts'
import { listServers, showServer } from './fleet/server.ts'
import { createServerGroup, showServerGroup } from './fleet/server-group.ts'
import { GRANTS_OPERATIONS } from './iam/grants.ts'
import { IDENTITY_OPERATIONS } from './iam/identity.ts'
import { checkToken, revokeToken, validateToken } from './iam/subject-token.ts'
import { assumeAgency, createTemporaryAccessKey, getCallerIdentity } from './iam/temporary-key.ts'
import { createUserTokenByPassword } from './iam/token.ts'
import { listSubJobs, showJobDetail } from './jobs/job.ts'
import { batchUpdateTsvi } from './tsvi/update.ts'

/** Every operation of the API, in the order of the reference. */
export const OPERATIONS: readonly Operation[] = [
  batchUpdateTsvi,
  listServers,
  showServer,
  createServerGroup,
  showServerGroup,
  showJobDetail,
  listSubJobs,
  listCorpConfigInfo,
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
