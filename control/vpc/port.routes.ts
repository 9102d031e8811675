import { type Api, type Resource, serve } from '#http'
import * as ports from '../../contract/operations/vpc/port.ts'
import * as privateIps from '../../contract/operations/vpc/private-ip.ts'
import { createOwnPort, createPrivateIps, deletePort, updatePort } from './own-port.service.ts'
import { listPortPage, NO_FILTER, type PortFilter, requirePort } from './port.view.ts'
import { renderPort, renderPrivateIp } from './render.ts'
import type { VpcDeps } from './vpc.service.ts'
import { type PortRow, requireSubnetDetail } from './vpc.view.ts'

/** A port belongs to the enterprise project of its VPC. */
function resourceOf(type: 'port' | 'privateIp', { id, enterprise_project_id: enterpriseProjectId }: PortRow): Resource {
  return { type, id, tags: [], enterpriseProjectId }
}

export function portRoutes(api: Api, deps: VpcDeps): void {
  ownPortRoutes(api, deps)
  privateIpRoutes(api, deps)
}

function ownPortRoutes(api: Api, deps: VpcDeps): void {
  const { db } = deps
  serve(api, ports.createPort, async ({ params, body, authorize }) => {
    const subnet = await requireSubnetDetail(db, params.project_id, body.port.network_id)
    await authorize([{ type: 'port', id: '*', tags: [], enterpriseProjectId: subnet.enterprise_project_id }])
    return { port: renderPort(await createOwnPort(deps, params.project_id, body.port)) }
  })

  serve(api, ports.showPort, async ({ params, authorize }) => {
    const port = await requirePort(db, params.project_id, params.port_id)
    await authorize([resourceOf('port', port)])
    return { port: renderPort(port) }
  })

  serve(api, ports.listPorts, async ({ params, query }) => {
    const { limit = 2000, marker = '' } = query
    // every port is up
    if (query.admin_state_up === 'false') return { ports: [] }
    const rows = await listPortPage(db, params.project_id, filterOf(query), { limit, marker })
    return { ports: rows.map(renderPort) }
  })

  serve(api, ports.updatePort, async ({ params, body, authorize }) => {
    const port = await requirePort(db, params.project_id, params.port_id)
    await authorize([resourceOf('port', port)])
    return { port: renderPort(await updatePort(deps, port, body.port)) }
  })

  serve(api, ports.deletePort, async ({ params, authorize }) => {
    const port = await requirePort(db, params.project_id, params.port_id)
    await authorize([resourceOf('port', port)])
    await deletePort(deps, port)
  })
}

type PortQuery = Partial<Record<'id' | 'name' | 'network_id' | 'mac_address' | 'device_id', string>> &
  Partial<Record<'device_owner' | 'status' | 'fixed_ips', string>>

function filterOf(query: PortQuery): PortFilter {
  const [kind, value = ''] = (query.fixed_ips ?? '').split('=', 2)
  return {
    id: query.id ?? '',
    name: query.name ?? '',
    subnetId: query.network_id ?? (kind === 'subnet_id' ? value : ''),
    macAddress: query.mac_address ?? '',
    deviceId: query.device_id ?? '',
    deviceOwner: query.device_owner ?? '',
    status: query.status ?? '',
    fixedIp: kind === 'ip_address' ? value : '',
  }
}

function privateIpRoutes(api: Api, deps: VpcDeps): void {
  const { db } = deps
  serve(api, privateIps.createPrivateip, async ({ params, body, authorize }) => {
    const { project_id: projectId } = params
    const ids = new Set(body.privateips.map(({ subnet_id }) => subnet_id))
    const subnets = await Promise.all([...ids].map((id) => requireSubnetDetail(db, projectId, id)))
    const projects = new Set(subnets.map(({ enterprise_project_id }) => enterprise_project_id))
    await authorize(
      [...projects].map((enterpriseProjectId) => ({ type: 'privateIp', id: '*', tags: [], enterpriseProjectId })),
    )
    const rows = await createPrivateIps(deps, projectId, body.privateips)
    return { privateips: rows.map(renderPrivateIp) }
  })

  serve(api, privateIps.showPrivateip, async ({ params, authorize }) => {
    const port = await requirePort(db, params.project_id, params.privateip_id, 'private IP')
    await authorize([resourceOf('privateIp', port)])
    return { privateip: renderPrivateIp(port) }
  })

  serve(api, privateIps.listPrivateips, async ({ params, query }) => {
    const { limit = 2000, marker = '' } = query
    const subnet = await requireSubnetDetail(db, params.project_id, params.subnet_id)
    const filter = { ...NO_FILTER, subnetId: subnet.id }
    const rows = await listPortPage(db, params.project_id, filter, { limit, marker })
    return { privateips: rows.map(renderPrivateIp) }
  })

  serve(api, privateIps.deletePrivateip, async ({ params, authorize }) => {
    const port = await requirePort(db, params.project_id, params.privateip_id, 'private IP')
    await authorize([resourceOf('privateIp', port)])
    await deletePort(deps, port, 'private IP')
  })
}
