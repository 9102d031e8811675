import type { BodyOf } from '../../contract/operation.ts'
import type { createAppServers } from '../../contract/operations/lifecycle/create.ts'

export type CreateBody = BodyOf<typeof createAppServers>

export interface Group {
  readonly id: string
  readonly os_type: string
  readonly ip_virtual_enable: boolean
  readonly server_group_status: boolean
}

export interface Surroundings {
  readonly group: Group
  readonly flavorId: string
  readonly subnet: { readonly id: string; readonly dhcpEnable: boolean }
}

const LARGEST_GB = 1024

type Rule = readonly [isBroken: boolean, detail: string]

/** Why servers cannot be made as they are asked for (contract 3.5); undefined when they can. */
export function findRefusal(body: CreateBody, around: Surroundings): string | undefined {
  return [...placeRules(body, around), ...cloudRules(body)].find(([isBroken]) => isBroken)?.[1]
}

function placeRules({ root_volume: { size }, os_type = '', flavor_id }: CreateBody, around: Surroundings): Rule[] {
  const { group, subnet, flavorId } = around
  return [
    [size % 10 !== 0, `root_volume.size must be a multiple of 10, not ${size}`],
    [size > LARGEST_GB, `root_volume.size must be at most ${LARGEST_GB}, not ${size}`],
    [!group.server_group_status, `the server group ${group.id} is disabled; enable it first`],
    [os_type !== '' && os_type !== group.os_type, `os_type is that of the server group, ${group.os_type}`],
    [flavor_id !== undefined && flavor_id !== flavorId, `flavor_id of this product is ${flavorId}`],
    [
      group.ip_virtual_enable && !subnet.dhcpEnable,
      `sessions of this group have addresses of their own, which needs DHCP; subnet ${subnet.id} has it off`,
    ],
  ]
}

/** What only a cloud has is refused rather than left out: whoever asks for it relies on it. */
function cloudRules({ create_server_extend_param, scheduler_hints }: CreateBody): Rule[] {
  const { charging_mode = 'postPaid' } = create_server_extend_param ?? {}
  const { dedicated_host_id = '', tenancy = '' } = scheduler_hints ?? {}
  return [
    [charging_mode === 'prePaid', 'charging_mode prePaid needs a billing service, which this installation has not'],
    [
      dedicated_host_id !== '' || tenancy === 'dedicated',
      'scheduler_hints ask for a dedicated host, which this installation has not',
    ],
  ]
}
