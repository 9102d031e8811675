import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { initializeTenant, listTenantProfile, listWorkspaces } from '../../contract/operations/fleet/tenant.ts'
import {
  listTenantConfigs,
  listTenantProfiles,
  updateTenantConfig,
} from '../../contract/operations/fleet/tenant-config.ts'
import { listConfiguration, saveConfiguration } from './configuration.store.ts'
import { SWITCHES } from './configuration.ts'
import type { FleetDeps } from './server-group.service.ts'
import { saveTenantStatus } from './tenant.store.ts'
import { readTenantProfile, readWorkspace } from './tenant.view.ts'

export function tenantRoutes(api: Api, { db, clock }: FleetDeps): void {
  serve(api, initializeTenant, async ({ params: { project_id }, body: { service_status } }) => {
    await saveTenantStatus(db, project_id, service_status, clock.now())
    return { project_id, service_status }
  })

  serve(api, listTenantProfile, ({ params }) => readTenantProfile(db, params.project_id))

  serve(api, listWorkspaces, ({ params }) => readWorkspace(db, params.project_id))

  serve(api, listTenantConfigs, async ({ params, query: { name = '' } }) => {
    const infos = await listConfiguration(db, params.project_id, name === '' ? SWITCHES : SWITCHES.filter(is(name)))
    return {
      function_configs: infos.map(({ config_key: id, config_value }) => {
        const status: 'ON' | 'OFF' = config_value === 'true' ? 'ON' : 'OFF'
        return { id, name: id, status, values: [] }
      }),
    }
  })

  serve(api, updateTenantConfig, async ({ params, body: { function_config } }) => {
    const { id, name = id ?? '', status } = function_config
    const known = SWITCHES.find((one) => one === name && (id === undefined || id === name))
    if (known === undefined) {
      throw new AppError('fleet.configuration_unknown', { name: name.slice(0, 64), known: SWITCHES.join(', ') })
    }
    await saveConfiguration(db, params.project_id, known, String(status === 'ON'))
  })

  serve(api, listTenantProfiles, async ({ params }) => {
    const infos = await listConfiguration(db, params.project_id, SWITCHES)
    return Object.fromEntries(infos.map(({ config_key, config_value }) => [config_key, config_value === 'true']))
  })
}

function is(wanted: string): (name: string) => boolean {
  return (name) => name === wanted
}
