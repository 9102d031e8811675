import type { Place } from './test-place.ts'
import { freshName } from './test-place.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

let blocks = 0

/** A /24 that no other row has. */
function freshBlock(): { readonly cidr: string; readonly gateway_ip: string } {
  blocks += 1
  const start = `10.${100 + (blocks >> 8)}.${blocks & 255}`
  return { cidr: `${start}.0/24`, gateway_ip: `${start}.1` }
}

interface Made {
  readonly id: string
}

async function makeVpc({ give, ours, projectId }: Place, cidr: string): Promise<string> {
  const params = { project_id: projectId }
  const { vpc } = await give<{ vpc: Made }>('CreateVpc', { params, body: { vpc: { name: freshName('vpc'), cidr } } })
  ours.add(vpc.id)
  return vpc.id
}

/** A subnet in a VPC of its own. */
async function makeSubnet(place: Place): Promise<{ readonly vpc_id: string; readonly subnet_id: string }> {
  const block = freshBlock()
  const vpc_id = await makeVpc(place, block.cidr)
  const { subnet } = await place.give<{ subnet: Made }>('CreateSubnet', {
    params: { project_id: place.projectId },
    body: { subnet: { name: freshName('subnet'), vpc_id, ...block } },
  })
  place.ours.add(subnet.id)
  return { vpc_id, subnet_id: subnet.id }
}

async function makePort(place: Place): Promise<string> {
  const { port } = await place.give<{ port: Made }>('CreatePort', {
    params: { project_id: place.projectId },
    body: { port: { network_id: place.api.world.subnet.id } },
  })
  place.ours.add(port.id)
  return port.id
}

/** VPCs, subnets, ports and private IPs. */
export const VPC_ROWS: Rows = {
  CreateVpc: {
    ask: (place) => ({ ...inProject(place), body: { vpc: { name: freshName('vpc'), cidr: '10.40.0.0/16' } } }),
  },
  ShowVpc: { ask: (place) => inProject(place, { vpc_id: place.api.world.vpc.id }) },
  ShowVpcV3: { ask: (place) => inProject(place, { vpc_id: place.api.world.vpc.id }) },
  ListVpcs: { ask: (place) => inProject(place) },
  UpdateVpc: {
    ask: async (place) => ({
      ...inProject(place, { vpc_id: await makeVpc(place, '10.41.0.0/16') }),
      body: { vpc: { description: 'changed' } },
    }),
  },
  DeleteVpc: { ask: async (place) => inProject(place, { vpc_id: await makeVpc(place, '10.42.0.0/16') }) },
  CreateSubnet: {
    ask: async (place) => {
      const block = freshBlock()
      const vpc_id = await makeVpc(place, block.cidr)
      return { ...inProject(place), body: { subnet: { name: freshName('subnet'), vpc_id, ...block } } }
    },
  },
  ShowSubnet: { ask: (place) => inProject(place, { subnet_id: place.api.world.subnet.id }) },
  ListSubnets: { ask: (place) => inProject(place) },
  UpdateSubnet: {
    ask: async (place) => ({
      ...inProject(place, { ...(await makeSubnet(place)) }),
      body: { subnet: { name: freshName('subnet') } },
    }),
  },
  DeleteSubnet: { ask: async (place) => inProject(place, { ...(await makeSubnet(place)) }) },
  CreatePort: {
    ask: (place) => ({ ...inProject(place), body: { port: { network_id: place.api.world.subnet.id } } }),
  },
  ShowPort: { ask: async (place) => inProject(place, { port_id: await makePort(place) }) },
  ListPorts: { ask: (place) => inProject(place) },
  UpdatePort: {
    ask: async (place) => ({
      ...inProject(place, { port_id: await makePort(place) }),
      body: { port: { name: 'changed' } },
    }),
  },
  DeletePort: { ask: async (place) => inProject(place, { port_id: await makePort(place) }) },
  CreatePrivateip: {
    ask: (place) => ({ ...inProject(place), body: { privateips: [{ subnet_id: place.api.world.subnet.id }] } }),
  },
  ShowPrivateip: { ask: async (place) => inProject(place, { privateip_id: await makePort(place) }) },
  ListPrivateips: { ask: (place) => inProject(place, { subnet_id: place.api.world.subnet.id }) },
  DeletePrivateip: { ask: async (place) => inProject(place, { privateip_id: await makePort(place) }) },
  ShowNetworkIpAvailabilities: { ask: (place) => inProject(place, { network_id: place.api.world.subnet.id }) },
}
