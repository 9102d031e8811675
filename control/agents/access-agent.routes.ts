import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AGENT_VERSION } from '../../contract/agent/version.ts'
import {
  listAccessAgentLatestVersion,
  listServerHdaDetails,
  listServerHdaUpgradeRecords,
  showAccessAgentLatestVersion,
  showHdaUpgradeFlag,
} from '../../contract/operations/agents/access-agent.ts'
import { isUpgradeDue, listDetails, listUpgrades } from './access-agent.view.ts'

/** One kind of agent, for servers that are no virtual desktops: the one that is released with this control plane. */
const LATEST = { hda_type: 'SBC', latest_version: AGENT_VERSION } as const

export function accessAgentRoutes(api: Api, db: Db): void {
  serve(api, listServerHdaDetails, ({ params, query }) =>
    listDetails(db, params.project_id, {
      serverGroupId: query.server_group_id ?? '',
      serverName: query.server_name ?? '',
      offset: query.offset ?? 0,
      limit: query.limit ?? 10,
    }),
  )
  serve(api, listAccessAgentLatestVersion, async () => ({ items: [LATEST] }))
  serve(api, showAccessAgentLatestVersion, async () => LATEST)
  serve(api, showHdaUpgradeFlag, async ({ params }) => ({ upgrade_flag: await isUpgradeDue(db, params.project_id) }))
  serve(api, listServerHdaUpgradeRecords, ({ params, query }) =>
    listUpgrades(db, params.project_id, { offset: query.offset ?? 0, limit: query.limit ?? 10 }),
  )
}
