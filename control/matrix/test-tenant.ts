import { createOrder } from '../../contract/operations/fleet/order.ts'
import { inProject } from './test-project.ts'
import type { Row, Rows } from './test-row.ts'

const plain: Row = { ask: (place) => inProject(place) }

const PRODUCT = 'workspace.appstream.general.xlarge.2'

/** The project as a tenant, and what it is offered. */
export const TENANT_ROWS: Rows = {
  InitializeTenant: { ask: (place) => ({ ...inProject(place), body: { service_status: 'active' } }) },
  ListTenantProfile: plain,
  ListWorkspaces: plain,
  ListCorpConfigInfo: { ask: (place) => ({ ...inProject(place), body: { items: ['IP_VIRTUAL_ENABLE'] } }) },
  ListTenantConfigs: plain,
  UpdateTenantConfig: {
    ask: (place) => ({
      ...inProject(place),
      body: { function_config: { name: 'IP_VIRTUAL_ENABLE', status: 'ON' } },
    }),
  },
  ListTenantProfiles: plain,
  ListProduct: plain,
  ListSessionType: plain,
  ShowSessionTypes: { ask: (place) => ({ ...inProject(place), body: {} }) },
  ListAvailabilityZone: plain,
  ListAz: plain,
  ListVolumeType: plain,
  CheckQuota: {
    ask: (place) => ({
      ...inProject(place),
      query: { product_id: PRODUCT, subscription_num: '1', disk_size: '80', disk_num: '1' },
    }),
  },
  ShowQuotas: plain,
  CreateOrder: {
    // nothing is sold here
    refused: 400,
    ask: (place) => ({ ...inProject(place), body: createOrder.example.body }),
  },
}
