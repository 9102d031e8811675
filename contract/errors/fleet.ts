import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `fleet`. */
export const FLEET_ERRORS = {
  'fleet.server_not_found': service(
    404,
    'WKS.00211902',
    'The server {serverId} does not exist in this project. ListServers shows those that do.',
    'ListServers shows the servers of the project.',
  ),
  'fleet.server_group_not_found': service(
    404,
    'WKS.00211902',
    'The server group {serverGroupId} does not exist in this project.',
    'Check the id.',
  ),
  'fleet.product_unknown': service(
    400,
    'WKS.00129901',
    "The request message is invalid: product_id '{productId}' is not in the catalogue. Known: {known}.",
    'Use a product of the catalogue.',
  ),
  'fleet.server_group_name_taken': service(
    400,
    'WKS.00129901',
    "The name '{name}' is taken by another server group of this project. Choose another name.",
    'Choose another name.',
  ),
  'fleet.server_group_refused': service(
    400,
    'WKS.00129901',
    'The request message is invalid: {detail}.',
    'Virtual session IPs need is_vdi=false, Windows or Linux and a subnet with DHCP; a standby group is as its primary; a tag is there once, and 20 in all.',
  ),
  'fleet.enterprise_project_not_found': service(
    404,
    'WKS.00211902',
    'The enterprise project {enterpriseProjectId} does not exist in this account, or is disabled.',
    'ListEnterpriseProject shows those that do.',
  ),
  'fleet.product_sold_out': service(
    400,
    'WKS.00129901',
    'The package {productId} cannot be had now: the catalogue has it as {status}. Choose another one.',
    'ListProduct shows the status of each package.',
  ),
  'fleet.server_group_in_use': service(
    409,
    'WKS.00211103',
    'Conflict: the server group {serverGroupId} has {servers} servers and {standbys} standby groups. Delete them first.',
    'Delete its servers and its standby groups, then repeat.',
  ),
  'fleet.server_groups_exhausted': service(
    400,
    'WKS.00129901',
    'The project has as many server groups as it may have: {most}. Delete one, or ask the operator for more.',
    'The limit is max_group_count of the catalogue.',
  ),
  'fleet.quota_exhausted': service(
    403,
    'WKS.00081105',
    'The quota of the project is not enough: {type} needs {need}, and {remainder} of {quota} are left. Nothing was started.',
    'CheckQuota says what is left; ask the operator for more, or delete servers.',
  ),
  'fleet.scaling_policy_not_found': service(
    404,
    'WKS.00211902',
    'The server group {serverGroupId} has no scaling policy.',
    'CreateOrUpdateScalingPolicy sets one.',
  ),
  'fleet.tenant_inactive': service(
    403,
    'WKS.00010099',
    'The service is switched off for this project. Switch it on: POST tenant/action/active with service_status active.',
    'InitializeTenant with service_status active.',
  ),
  'fleet.configuration_unknown': service(
    404,
    'WKS.00211902',
    'There is no tenant configuration {name}. Known: {known}.',
    'GET tenant-configs lists those that can be set.',
  ),
  'fleet.no_orders': service(
    400,
    'WKS.00129901',
    'Nothing is sold here, so nothing can be ordered ahead. CreateAppServers without prePaid creates servers at once.',
    'Berth has no billing: use CreateAppServers with charging_mode postPaid, or without it.',
  ),
} as const satisfies Record<string, ErrorEntry>
