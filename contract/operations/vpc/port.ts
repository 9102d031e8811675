import { Type } from 'typebox'
import { defineOperation, VPC_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, Ipv4, NoQuery, PageQuery, PortParams, ProjectParams, VPC } from './field.ts'

const Pair = Type.Object({
  ip_address: Type.String(),
  mac_address: Type.Optional(Type.String()),
})

const Port = Type.Object({
  id: Type.String(),
  name: Type.String(),
  network_id: Type.String(),
  admin_state_up: Type.Boolean(),
  mac_address: Type.String(),
  fixed_ips: Type.Array(Type.Object({ subnet_id: Type.String(), ip_address: Type.String() })),
  device_id: Type.String(),
  device_owner: Type.String(),
  tenant_id: Type.String(),
  status: Type.Enum(['ACTIVE', 'BUILD', 'DOWN']),
  security_groups: Type.Array(Type.String()),
  allowed_address_pairs: Type.Array(Pair),
  extra_dhcp_opts: Type.Array(Type.Object({ opt_name: Type.String(), opt_value: Type.String() })),
  'binding:vnic_type': Type.String(),
  'binding:vif_details': Type.Object({ primary_interface: Type.Boolean() }),
  'binding:profile': Type.Object({}),
  dns_name: Type.String(),
  dns_assignment: Type.Array(Type.Object({ hostname: Type.String(), ip_address: Type.String(), fqdn: Type.String() })),
  port_security_enabled: Type.Boolean(),
  instance_id: Type.String(),
  instance_type: Type.String(),
  zone_id: Type.String(),
  enable_efi: Type.Boolean(),
})
const One = Type.Object({ port: Port })

/** An address, or a block of them. */
const WrittenPair = Type.Object(
  {
    ip_address: Type.String({ maxLength: 43, pattern: '^\\d{1,3}(\\.\\d{1,3}){3}(/\\d{1,2})?$' }),
    mac_address: Type.Optional(Type.String({ maxLength: 17, pattern: '^$|^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$' })),
  },
  { additionalProperties: false },
)

const Written = {
  name: Type.Optional(Type.String({ maxLength: 255 })),
  allowed_address_pairs: Type.Optional(Type.Array(WrittenPair, { maxItems: 1024 })),
  security_groups: Type.Optional(
    Type.Array(Type.String(), { maxItems: 0, description: 'There are no security groups here.' }),
  ),
  extra_dhcp_opts: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0, description: 'They are the subnet’s.' })),
}

export const createPort = defineOperation({
  ...VPC,
  id: 'CreatePort',
  method: 'POST',
  path: '/v1/{project_id}/ports',
  summary: 'Create a port with one address, for a device of your own or as a virtual address.',
  permission: action('vpc:ports:create', 'Write', 'port'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      port: Type.Object(
        {
          network_id: Id,
          ...Written,
          admin_state_up: Type.Optional(Type.Literal(true)),
          device_owner: Type.Optional(Type.Enum(['', 'neutron:VIP_PORT'])),
          tenant_id: Type.Optional(Type.String({ maxLength: 128, description: 'The project of the path, if given.' })),
          fixed_ips: Type.Optional(
            Type.Array(
              Type.Object(
                { subnet_id: Type.Optional(Id), ip_address: Type.Optional(Ipv4) },
                { additionalProperties: false },
              ),
              { maxItems: 1 },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  status: 201,
  response: One,
  errors: [
    ...VPC_CALLER_ERRORS,
    'http.too_large',
    'vpc.not_found',
    'vpc.address_taken',
    'vpc.addresses_exhausted',
    'vpc.quota_exceeded',
    'vpc.pairs_owned',
    'vpc.pair_in_pool',
  ],
})

export const showPort = defineOperation({
  ...VPC,
  id: 'ShowPort',
  method: 'GET',
  path: '/v1/{project_id}/ports/{port_id}',
  summary: 'Show a port.',
  permission: action('vpc:ports:get', 'Read', 'port'),
  params: PortParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: One,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})

const Filter = Type.Optional(Type.String({ maxLength: 255 }))

export const listPorts = defineOperation({
  ...VPC,
  id: 'ListPorts',
  method: 'GET',
  path: '/v1/{project_id}/ports',
  summary: 'List the ports of the project, page by page.',
  permission: action('vpc:ports:list', 'List', 'port'),
  params: ProjectParams,
  query: Type.Object({
    ...PageQuery,
    ...{ id: Filter, name: Filter, network_id: Filter, mac_address: Filter, device_id: Filter },
    device_owner: Filter,
    status: Filter,
    admin_state_up: Type.Optional(Type.Enum(['true', 'false'])),
    fixed_ips: Type.Optional(
      Type.String({
        maxLength: 255,
        description: 'ip_address=<address> or subnet_id=<id>.',
        pattern: '^(ip_address|subnet_id)=',
      }),
    ),
  }),
  body: null,
  status: 200,
  response: Type.Object({ ports: Type.Array(Port) }),
  errors: VPC_CALLER_ERRORS,
})

export const updatePort = defineOperation({
  ...VPC,
  id: 'UpdatePort',
  method: 'PUT',
  path: '/v1/{project_id}/ports/{port_id}',
  summary: 'Change name and address pairs of a port; the session addresses of its server stay.',
  permission: action('vpc:ports:update', 'Write', 'port'),
  params: PortParams,
  query: NoQuery,
  body: Type.Object({ port: Type.Object(Written, { additionalProperties: false }) }, { additionalProperties: false }),
  status: 200,
  response: One,
  errors: [...VPC_CALLER_ERRORS, 'http.too_large', 'vpc.not_found', 'vpc.pairs_owned', 'vpc.pair_in_pool'],
})

export const deletePort = defineOperation({
  ...VPC,
  id: 'DeletePort',
  method: 'DELETE',
  path: '/v1/{project_id}/ports/{port_id}',
  summary: 'Delete a port that belongs to no server; its address is free at once.',
  permission: action('vpc:ports:delete', 'Write', 'port'),
  params: PortParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found', 'vpc.port_in_use', 'vpc.port_opened'],
})
