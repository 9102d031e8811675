import { type Api, type Check, type Resource, serve } from '#http'
import * as vpcs from '../../contract/operations/vpc/network.ts'
import * as subnets from '../../contract/operations/vpc/subnet.ts'
import { portRoutes } from './port.routes.ts'
import { renderSubnet, renderVpc, renderVpcV3 } from './render.ts'
import { createSubnet, deleteSubnet, updateSubnet } from './subnet.service.ts'
import { createVpc, deleteVpc, tagsOf, updateVpc, type VpcDeps } from './vpc.service.ts'
import {
  countSubnets,
  listSubnetPage,
  listVpcPage,
  readUsage,
  requireSubnetDetail,
  requireVpc,
  type SubnetDetail,
  type SubnetUsage,
  subnetResource,
  vpcResource,
} from './vpc.view.ts'

/** Every operation of the network. */
export function vpcRoutes(api: Api, deps: VpcDeps): void {
  networkRoutes(api, deps)
  subnetRoutes(api, deps)
  portRoutes(api, deps)
}

/** The tags are those of the request: what is to be made has none yet. */
function creationCheck(
  { permission: { action } }: { readonly permission: { readonly action: string } },
  projectId: string,
  resource: Resource,
  tags: readonly string[] | undefined,
): Check {
  return { action, projectId, resource, requestTags: tagsOf(tags) }
}

function networkRoutes(api: Api, deps: VpcDeps): void {
  const { db } = deps
  serve(api, vpcs.createVpc, async ({ params, body, authorize }) => {
    const enterpriseProjectId = body.vpc.enterprise_project_id || '0'
    const any: Resource = { type: 'vpc', id: '*', tags: [], enterpriseProjectId }
    await authorize([], [creationCheck(vpcs.createVpc, params.project_id, any, body.vpc.tags)])
    return { vpc: renderVpc(await createVpc(deps, params.project_id, body.vpc)) }
  })

  serve(api, vpcs.showVpc, async ({ params, authorize }) => {
    const vpc = await requireVpc(db, params.project_id, params.vpc_id)
    await authorize([vpcResource(vpc)])
    return { vpc: renderVpc(vpc) }
  })

  serve(api, vpcs.showVpcV3, async ({ params, authorize, requestId }) => {
    const vpc = await requireVpc(db, params.project_id, params.vpc_id)
    await authorize([vpcResource(vpc)])
    return { request_id: requestId, vpc: renderVpcV3(vpc, await countSubnets(db, vpc.id)) }
  })

  serve(api, vpcs.listVpcs, async ({ params, query }) => {
    const { enterprise_project_id: epsId = '' } = query
    const filter = { id: query.id ?? '', enterpriseProjectId: epsId === 'all_granted_eps' ? '' : epsId }
    const rows = await listVpcPage(db, params.project_id, filter, pageOf(query))
    return { vpcs: rows.map(renderVpc) }
  })

  serve(api, vpcs.updateVpc, async ({ params, body, authorize }) => {
    const vpc = await requireVpc(db, params.project_id, params.vpc_id)
    await authorize([vpcResource(vpc)])
    return { vpc: renderVpc(await updateVpc(deps, vpc, body.vpc)) }
  })

  serve(api, vpcs.deleteVpc, async ({ params, authorize }) => {
    const vpc = await requireVpc(db, params.project_id, params.vpc_id)
    await authorize([vpcResource(vpc)])
    await deleteVpc(deps, vpc)
  })
}

function subnetRoutes(api: Api, deps: VpcDeps): void {
  const { db, clock } = deps
  const usageOf = async (subnet: SubnetDetail) => (await readUsage(db, clock.now(), [subnet]))[0] as SubnetUsage
  const shown = async (subnet: SubnetDetail) => renderSubnet(await usageOf(subnet))

  serve(api, subnets.createSubnet, async ({ params, body, authorize }) => {
    const vpc = await requireVpc(db, params.project_id, body.subnet.vpc_id)
    const { enterprise_project_id: enterpriseProjectId } = vpc
    const any: Resource = { type: 'subnet', id: '*', tags: [], enterpriseProjectId }
    await authorize([], [creationCheck(subnets.createSubnet, params.project_id, any, body.subnet.tags)])
    return { subnet: await shown(await createSubnet(deps, params.project_id, body.subnet)) }
  })

  serve(api, subnets.showSubnet, async ({ params, authorize }) => {
    const subnet = await requireSubnetDetail(db, params.project_id, params.subnet_id)
    await authorize([subnetResource(subnet)])
    return { subnet: await shown(subnet) }
  })

  serve(api, subnets.listSubnets, async ({ params, query }) => {
    const rows = await listSubnetPage(db, params.project_id, query.vpc_id ?? '', pageOf(query))
    return { subnets: (await readUsage(db, clock.now(), rows)).map(renderSubnet) }
  })

  serve(api, subnets.updateSubnet, async ({ params, body, authorize }) => {
    const { project_id, vpc_id, subnet_id } = params
    const subnet = await requireSubnetDetail(db, project_id, subnet_id, vpc_id)
    await authorize([subnetResource(subnet)])
    await updateSubnet(deps, subnet, body.subnet)
    return { subnet: { id: subnet.id, status: 'ACTIVE' } }
  })

  serve(api, subnets.deleteSubnet, async ({ params, authorize }) => {
    const { project_id, vpc_id, subnet_id } = params
    const subnet = await requireSubnetDetail(db, project_id, subnet_id, vpc_id)
    await authorize([subnetResource(subnet)])
    await deleteSubnet(deps, subnet)
  })

  serve(api, subnets.showNetworkIpAvailabilities, async ({ params, authorize }) => {
    const subnet = await requireSubnetDetail(db, params.project_id, params.network_id)
    await authorize([subnetResource(subnet)])
    const { id, name, cidr, project_id: tenant_id, used, free } = await usageOf(subnet)
    const counts = { total_ips: used + free, used_ips: used }
    const own = { subnet_id: id, subnet_name: name, cidr, ip_version: 4, ...counts }
    return {
      network_ip_availability: {
        network_id: id,
        network_name: name,
        tenant_id,
        ...counts,
        subnet_ip_availability: [own],
      },
    }
  })
}

function pageOf({ limit = 2000, marker = '' }: { readonly limit?: number; readonly marker?: string }) {
  return { limit, marker }
}
