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
    'Virtual session IPs need is_vdi=false, Windows or Linux and a subnet with DHCP; a standby group is as its primary.',
  ),
  'fleet.enterprise_project_not_found': service(
    404,
    'WKS.00211902',
    'The enterprise project {enterpriseProjectId} does not exist in this account, or is disabled.',
    'ListEnterpriseProject shows those that do.',
  ),
} as const satisfies Record<string, ErrorEntry>
