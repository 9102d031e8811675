import type { Db } from '#db'
import { type Api, serve } from '#http'
import { listCorpConfigInfo } from '../../contract/operations/fleet/configuration.ts'
import { listConfiguration } from './configuration.store.ts'

export function configurationRoutes(api: Api, db: Db): void {
  serve(api, listCorpConfigInfo, async ({ params, body }) => ({
    config_infos: await listConfiguration(db, params.project_id, body.items),
  }))
}
