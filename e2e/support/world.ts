import { randomBytes, randomUUID } from 'node:crypto'
import type { World } from '../../control/index.ts'

export interface WorldSize {
  readonly servers: number
  /** Sessions, and so addresses, of each server. */
  readonly maxSession: number
  readonly cidr: string
}

/** An account, a network and servers with nothing in common with those of any other story. */
export function storyWorld({ servers, maxSession, cidr }: WorldSize): World {
  const hex = () => randomUUID().replaceAll('-', '')
  const network = { cidr, gateway_ip: cidr.replace(/\d+\/\d+$/, '1') }
  return {
    domain: { id: hex(), name: 'story' },
    project: { id: hex(), name: 'local-1' },
    user: { id: hex(), name: 'teller', password: `Aa1!${randomBytes(12).toString('hex')}` },
    access_key: { access: hex().slice(0, 20).toUpperCase(), secret: randomBytes(20).toString('hex') },
    vpc: { id: randomUUID(), name: 'vpc', cidr },
    subnet: { id: randomUUID(), name: 'subnet', ...network },
    server_group: {
      id: randomUUID(),
      name: 'group',
      os_type: 'Linux',
      ip_virtual: { enable: true },
      max_session: maxSession,
    },
    servers: Array.from({ length: servers }, (_, index) => ({
      id: randomUUID(),
      name: `APS-${String(index + 1).padStart(2, '0')}`,
    })),
    reserved_addresses: [],
  }
}
