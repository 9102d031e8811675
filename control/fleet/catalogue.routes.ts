import type { Db } from '#db'
import { type Api, serve } from '#http'
import {
  listAvailabilityZone,
  listAz,
  listProduct,
  listSessionType,
  listVolumeType,
  showSessionTypes,
} from '../../contract/operations/fleet/catalogue.ts'
import { getCatalogue } from './catalogue.store.ts'
import { matchingProducts, renderSessionTypes, renderVolumeTypes, renderZone, siteTypeOf } from './catalogue-answer.ts'
import { quotaRoutes } from './quota.routes.ts'
import { renderProduct } from './render.ts'

/** What the installation offers, and how much of it a project may have. */
export function catalogueRoutes(api: Api, db: Db): void {
  quotaRoutes(api, db)

  serve(api, listProduct, async ({ query }) => ({
    products: matchingProducts(getCatalogue(), query).map(renderProduct),
    ...(query.availability_zone ? { availability_zone: query.availability_zone } : {}),
    ...(query.os_type ? { os_type: query.os_type } : {}),
  }))

  serve(api, listSessionType, async () => renderSessionTypes(getCatalogue(), {}))

  serve(api, showSessionTypes, async ({ body }) => renderSessionTypes(getCatalogue(), body))

  serve(api, listAvailabilityZone, async () => {
    const catalogue = getCatalogue()
    const zones = catalogue.availability_zones.map((zone) => renderZone(catalogue, zone))
    return { availability_zones: zones, total_count: zones.length }
  })

  serve(api, listAz, async () => {
    const catalogue = getCatalogue()
    const bySite = Map.groupBy(catalogue.availability_zones, siteTypeOf)
    const azs = [...bySite].map(([site, zones]) => [site, zones.map((zone) => renderZone(catalogue, zone))] as const)
    const types = [...bySite.keys()].sort()
    return { azs: Object.fromEntries(azs), default_type: types[0] ?? 'CENTER', support_type: types }
  })

  serve(api, listVolumeType, async () => renderVolumeTypes(getCatalogue()))
}
