import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { World } from '../../control/index.ts'

/** Sessions, and so addresses, of each server. */
const MAX_SESSION = 4

export interface Size {
  readonly cidr: string
  readonly gatewayIp: string
  readonly servers: number
}

/** An account, a network, a group and its servers, with secrets of this run only. */
export function benchWorld({ cidr, gatewayIp, servers }: Size): World {
  return {
    domain: { id: randomUUID(), name: 'bench' },
    project: { id: randomUUID().replaceAll('-', ''), name: 'bench' },
    user: { id: randomUUID(), name: 'bench', password: randomBytes(12).toString('hex') },
    access_key: { access: randomBytes(10).toString('hex').toUpperCase(), secret: randomBytes(20).toString('hex') },
    vpc: { id: randomUUID(), name: 'bench', cidr },
    subnet: { id: randomUUID(), name: 'bench', cidr, gateway_ip: gatewayIp },
    server_group: {
      id: randomUUID(),
      name: 'bench',
      os_type: 'Linux',
      ip_virtual: { enable: true },
      max_session: MAX_SESSION,
    },
    servers: Array.from({ length: servers }, (_, index) => ({ id: randomUUID(), name: `APS-${index + 1}` })),
    reserved_addresses: [],
  }
}

export function writeWorld(path: string, world: World): string {
  writeFileSync(path, JSON.stringify(world), { mode: 0o600 })
  return path
}
