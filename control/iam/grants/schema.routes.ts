import type { Api } from '#http'
import { AppError } from '#kernel'
import {
  getAuthorizationSchemaV5,
  listRegisteredServicesV5,
} from '../../../contract/operations/iam/authorization-schema.ts'
import { OPERATIONS } from '../../../contract/operations/index.ts'
import { serveIam } from '../serve-iam.ts'
import { listServices, renderAuthorizationSchema } from './authorization-schema.ts'
import type { GrantsDeps } from './deps.ts'
import { parsePage, renderPage } from './marker-page.ts'

export function schemaRoutes(api: Api, deps: GrantsDeps): void {
  serveIam(api, deps, listRegisteredServicesV5, async ({ query }) => {
    const page = parsePage(query)
    const { marker = '' } = page
    const services = listServices(OPERATIONS).map((id) => ({ id: markerOf(id), code: id }))
    const { entries, page_info } = renderPage(
      services.filter(({ id }) => id > marker),
      page,
    )
    return { service_codes: entries.map(({ code }) => code), page_info }
  })

  serveIam(api, deps, getAuthorizationSchemaV5, async ({ params }) => {
    const schema = renderAuthorizationSchema(OPERATIONS, params.service_code)
    if (!schema) throw new AppError('iam.not_found', { target: 'service', id: params.service_code })
    return schema
  })
}

/** A marker has four characters at least. */
function markerOf(service: string): string {
  return `service-${service}`
}
