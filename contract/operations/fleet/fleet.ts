import type { Operation } from '../../operation.ts'
import {
  listAvailabilityZone,
  listAz,
  listProduct,
  listSessionType,
  listVolumeType,
  showSessionTypes,
} from './catalogue.ts'
import { listCorpConfigInfo } from './configuration.ts'
import { createOrder } from './order.ts'
import { checkQuota, showQuotas } from './quota.ts'
import { createOrUpdateScalingPolicy, deleteScalingPolicy, showScalingPolicy } from './scaling-policy.ts'
import { listServers, showServer } from './server.ts'
import { batchChangeServerMaintainMode, updateServer } from './server-change.ts'
import { createServerGroup, showServerGroup } from './server-group.ts'
import { deleteServerGroups, updateServerGroup } from './server-group-change.ts'
import { listServerGroups, listTenantServerGroups } from './server-group-list.ts'
import { showServerGroupRestrict, showServerGroupState, validateServerGroup } from './server-group-state.ts'
import {
  batchCreateServerGroupTags,
  batchDeleteServerGroupTags,
  createServerGroupTags,
  deleteServerGroupTags,
  listServerGroupTag,
  showServerGroupTag,
} from './server-group-tag.ts'
import { initializeTenant, listTenantProfile, listWorkspaces } from './tenant.ts'
import { listTenantConfigs, listTenantProfiles, updateTenantConfig } from './tenant-config.ts'

const SERVER_GROUP_OPERATIONS: readonly Operation[] = [
  createServerGroup,
  listServerGroups,
  listTenantServerGroups,
  showServerGroup,
  updateServerGroup,
  deleteServerGroups,
  showServerGroupState,
  showServerGroupRestrict,
  validateServerGroup,
  createServerGroupTags,
  deleteServerGroupTags,
  batchCreateServerGroupTags,
  batchDeleteServerGroupTags,
  listServerGroupTag,
  showServerGroupTag,
  createOrUpdateScalingPolicy,
  showScalingPolicy,
  deleteScalingPolicy,
]

const CATALOGUE_OPERATIONS: readonly Operation[] = [
  listProduct,
  listSessionType,
  showSessionTypes,
  listAvailabilityZone,
  listAz,
  listVolumeType,
  checkQuota,
  showQuotas,
  createOrder,
]

const TENANT_OPERATIONS: readonly Operation[] = [
  initializeTenant,
  listTenantProfile,
  listCorpConfigInfo,
  listTenantConfigs,
  updateTenantConfig,
  listTenantProfiles,
  listWorkspaces,
]

/** Servers, server groups, the tenant and the catalogue, in the order of the reference. */
export const FLEET_OPERATIONS: readonly Operation[] = [
  listServers,
  showServer,
  updateServer,
  batchChangeServerMaintainMode,
  ...SERVER_GROUP_OPERATIONS,
  ...CATALOGUE_OPERATIONS,
  ...TENANT_OPERATIONS,
]
