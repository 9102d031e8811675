import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { World } from '../../control/index.ts'
import type { DevFile } from './dev-file.ts'

/** The ids of the published example of the operation, so that it runs as printed. */
export const EXAMPLE = {
  projectId: 'a4da8115c9d8464ead3a38309130523f',
  serverIds: ['3f791197-d166-4c8e-81e4-38c40ffc1989', '62f48b59-0ebb-4b1e-ad35-f64948a0591b'],
} as const

export const REGION = 'local-1'
const DOMAIN = { id: 'd78cbac186b744899480f25bd022f468', name: 'demo' }
const USER = { id: '9f8e7d6c5b4a39281706f5e4d3c2b1a0', name: 'demo' }
const VPC_ID = '5c8f2b61-7d3e-4a90-9b1c-2e4f6a8d0c13'
const GROUP_ID = '5d2f0a7c-8e41-4b19-a6d3-3c9b7f1e2a64'
const SUBNET_ID = '7e9d3a28-1c44-4f6b-8a35-90c7e1d2b6f1'

/** Sessions, and so addresses, of each server of the demo. */
const MAX_SESSION = 4

export interface DemoNetwork {
  readonly cidr: string
  readonly gateway_ip: string
}

/** `198.18.7.2` out of `198.18.7.0/24`: the licence server's own. */
export function licenceAddress({ cidr }: DemoNetwork): string {
  return cidr.replace(/\.0\/\d+$/, '.2')
}

export function demoWorld(
  network: DemoNetwork,
  servers: number,
  secrets: Pick<DevFile, 'access_key' | 'secret_key' | 'password'>,
): World {
  return {
    domain: DOMAIN,
    project: { id: EXAMPLE.projectId, name: REGION },
    user: { ...USER, password: secrets.password },
    access_key: { access: secrets.access_key, secret: secrets.secret_key },
    vpc: { id: VPC_ID, name: 'demo-vpc', cidr: network.cidr },
    subnet: { id: SUBNET_ID, name: 'demo-subnet', ...network },
    server_group: {
      id: GROUP_ID,
      name: 'demo-group',
      os_type: 'Linux',
      ip_virtual: { enable: true },
      max_session: MAX_SESSION,
    },
    servers: Array.from({ length: servers }, (_, index) => ({
      id: EXAMPLE.serverIds[index] ?? derivedId(index),
      name: `APS-DEMO-${String(index + 1).padStart(2, '0')}`,
    })),
    reserved_addresses: [licenceAddress(network)],
  }
}

/** The subnet of an earlier start in this data directory, which its database is made for; undefined at the first. */
export function earlierCidr(worldFile: string): string | undefined {
  try {
    return JSON.parse(readFileSync(worldFile, 'utf8')).subnet.cidr
  } catch {
    return undefined
  }
}

/** The same id for the same server at every start. */
function derivedId(index: number): string {
  const hex = createHash('sha256').update(`berth demo server ${index}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

export function devFileOf(endpoint: string, world: World): DevFile {
  return {
    endpoint,
    project_id: world.project.id,
    domain_id: world.domain.id,
    region: REGION,
    access_key: world.access_key.access,
    secret_key: world.access_key.secret,
    user: world.user.name,
    password: world.user.password,
    domain: world.domain.name,
    server_group_id: world.server_group.id,
    server_ids: world.servers.map((server) => server.id),
    subnet_id: world.subnet.id,
    vpc_id: world.vpc.id,
  }
}
