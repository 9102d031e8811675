import type { ColumnType, Generated } from 'kysely'
import type { DefaultJson, Json, Tag, Timestamp } from './column.ts'
import type { IamTables } from './iam-tables.ts'
import type { SessionTables } from './session-tables.ts'

export interface JobTable {
  id: Generated<string>
  project_id: string
  job_type: string
  status: string
  begin_time: Timestamp
  end_time: Timestamp | null
  sub_jobs_total: number
  sub_jobs_pending: number
  sub_jobs_failed: Generated<number>
}

export interface SubJobTable {
  id: Generated<string>
  job_id: string
  project_id: string
  job_type: string
  status: string
  begin_time: Timestamp
  end_time: Timestamp | null
  resource_id: string
  resource_name: string
  error_code: Generated<string>
  error_message: Generated<string>
  step: string
  attempt: Generated<number>
  step_at: Timestamp
  notice: Generated<string>
}

export interface ConfigurationTable {
  project_id: string
  config_key: string
  config_value: string
}

export interface RoutePolicy {
  readonly max_session?: number
  readonly cpu_threshold?: number
  readonly mem_threshold?: number
  readonly gpu_threshold?: number
}

export interface ServerGroupTable {
  id: string
  project_id: string
  name: string
  description: string
  image_id: string
  image_type: string
  image_product_id: string
  os_type: string
  product_id: string
  flavor_id: string
  vpc_id: string
  subnet_id: string
  system_disk_type: string
  system_disk_size: number
  is_vdi: boolean
  app_type: string
  availability_zone: string
  ou_name: string
  extra_session_type: string
  extra_session_size: number
  route_policy: Json<RoutePolicy>
  ip_virtual_enable: boolean
  reboot_policy: Generated<string>
  primary_server_group_id: string | null
  server_group_status: boolean
  storage_mount_policy: Generated<string>
  enterprise_project_id: string
  tags: Json<Tag[]>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface TenantTable {
  project_id: string
  service_status: Generated<string>
  created_at: Timestamp
  updated_at: Timestamp
}

/** What is shown of a policy; of the resources only what was set. */
export interface ScalingPolicy {
  readonly enable: boolean
  readonly max_scaling_amount: number
  readonly single_expansion_count: number
  readonly scaling_policy_by_session: {
    readonly session_usage_threshold?: number
    readonly shrink_after_session_idle_minutes: number
  }
  readonly scaling_policy_by_resource?: {
    readonly cpu_usage_threshold?: number
    readonly mem_usage_threshold?: number
    readonly gpu_usage_threshold?: number
  }
}

export interface ScalingPolicyTable {
  server_group_id: string
  policy: Json<ScalingPolicy>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface HostAddress {
  readonly addr: string
  readonly mac_addr: string
  readonly port_id: string
  readonly vpc_id: string
  readonly subnet_id: string
}

/** Null: as the server's group says. */
type OwnText = ColumnType<string | null, string | null | undefined, string | null>
type OwnNumber = ColumnType<number | null, number | null | undefined, number | null>

export interface ServerTable {
  id: string
  project_id: string
  server_group_id: string
  name: string
  machine_name: string
  description: Generated<string>
  status: string
  vm_status: string
  task_status: Generated<string>
  maintain_status: Generated<boolean>
  session_count: Generated<number>
  instance_id: string
  port_id: string
  host_address: Json<HostAddress>
  tags: ColumnType<Tag[], string | undefined, string>
  ip_virtual_enable: Generated<boolean>
  ip_virtual_in_doubt: Generated<boolean>
  product_id: OwnText
  flavor_id: OwnText
  image_id: OwnText
  availability_zone: OwnText
  ou_name: OwnText
  root_volume_type: OwnText
  root_volume_size: OwnNumber
  job_id: string | null
  job_type: string | null
  job_status: string | null
  job_time: Timestamp | null
  created_at: Timestamp
  updated_at: Timestamp
}

/** Differences whose sum is how many servers there are; triggers of `fleet.server` write it. */
export interface ServerTallyTable {
  project_id: string
  server_group_id: string
  maintain_status: boolean
  delta: number
}

export interface VpcTable {
  id: string
  project_id: string
  name: string
  cidr: string
  description: Generated<string>
  enterprise_project_id: Generated<string>
  tags: DefaultJson<Tag[]>
  created_at: Timestamp
  updated_at: Timestamp | null
}

/** Handed to whoever runs DHCP in the subnet. */
export interface DhcpOption {
  readonly opt_name: string
  readonly opt_value?: string
}

export interface SubnetTable {
  id: string
  project_id: string
  vpc_id: string
  name: string
  cidr: string
  gateway_ip: string
  dhcp_enable: boolean
  description: Generated<string>
  availability_zone: Generated<string>
  dns_list: DefaultJson<string[]>
  extra_dhcp_opts: DefaultJson<DhcpOption[]>
  tags: DefaultJson<Tag[]>
  created_at: Timestamp
  updated_at: Timestamp | null
}

export interface AddressPair {
  readonly ip_address: string
  readonly mac_address?: string
}

export interface PortTable {
  id: string
  project_id: string
  subnet_id: string
  device_id: string
  mac_address: string
  fixed_ip: string
  allowed_address_pairs: ColumnType<AddressPair[], string | undefined, string>
  name: Generated<string>
  device_owner: Generated<string>
  created_at: Timestamp
  updated_at: Timestamp | null
}

export interface AddressTable {
  subnet_id: string
  address: string
  kind: 'fixed' | 'session' | null
  owner_id: string | null
  claimed_at: Timestamp | null
  released_at: Timestamp | null
  quarantined_until: Timestamp | null
  leaving_at: Timestamp | null
}

export interface AuthorityTable {
  id: string
  certificate_pem: string
  key_sealed: string
  created_at: Timestamp
}

export interface JoinTokenTable {
  secret_sha256: string
  server_id: string
  expires_at: Timestamp
  used_at: Timestamp | null
}

export interface AgentTable {
  server_id: string
  public_key: string | null
  agent_version: Generated<string>
  generation: Generated<number>
  desired: ColumnType<unknown, string | undefined, string>
  boot_id: string | null
  applied_generation: Generated<number>
  /** Number of its newest connection; an older one has nothing to say any more. */
  link_number: Generated<number>
  /** When its host last named all of its sessions; null before the first time. */
  listed_at: Generated<Date | null>
  /** Those that we know too of what it said with its last hello that it can be told. */
  features: Generated<string[]>
  /** When the agent was last heard of, to within half a minute; null before its first hello. */
  seen_at: Timestamp | null
}

export interface MetricTable {
  server_id: string
  metric: string
  /** Seconds that the row is about: 60 or 300. */
  period: number
  /** When they began. */
  at: Timestamp
  count: number
  sum: number
  sum_of_squares: number
  min: number
  max: number
}

export interface UpgradeTable {
  id: string
  project_id: string
  server_id: string
  server_name: string
  machine_name: string
  server_group_name: string
  current_version: string
  target_version: string
  status: string
  told_at: Timestamp | null
  updated_at: Timestamp
}

export interface UpdateTable {
  id: string
  job_id: string
  project_id: string
  server_id: string
  state: string
  enable: boolean
  former: ColumnType<unknown, string | undefined, string>
  generation: number | null
  boot_id: string | null
  attempt: Generated<number>
  claims: Generated<number>
  step_at: Timestamp
  deadline_at: Timestamp | null
  error_word: string | null
  error_facts: ColumnType<unknown, string | null | undefined, string | null>
  created_at: Timestamp
  finished_at: Timestamp | null
}

export interface FirstAnswerTable {
  project_id: string
  caller: string
  user_id: string
  key: string
  request_sha256: string
  status: number | null
  body: string | null
  begun_at: Timestamp
  expires_at: Timestamp
}

export interface TaskTable {
  id: Generated<string>
  sub_job_id: string | null
  job_id: string | null
  project_id: string
  server_id: string
  kind: string
  state: string
  request: ColumnType<unknown, string | undefined, string>
  boot_id: string | null
  attempt: Generated<number>
  phase: Generated<string>
  refusal: ColumnType<unknown, string | null | undefined, string | null>
  step_at: Timestamp
  deadline_at: Timestamp | null
  error_word: string | null
  error_facts: ColumnType<unknown, string | null | undefined, string | null>
  created_at: Timestamp
  finished_at: Timestamp | null
}

/** Row types of every table, as `migrations/` makes them. */
export interface Tables extends IamTables, SessionTables {
  'jobs.job': JobTable
  'jobs.sub_job': SubJobTable
  'fleet.configuration': ConfigurationTable
  'fleet.tenant': TenantTable
  'fleet.server_group': ServerGroupTable
  'fleet.scaling_policy': ScalingPolicyTable
  'fleet.server': ServerTable
  'fleet.server_tally': ServerTallyTable
  'vpc.vpc': VpcTable
  'vpc.subnet': SubnetTable
  'vpc.port': PortTable
  'vpc.address': AddressTable
  'agents.authority': AuthorityTable
  'agents.join_token': JoinTokenTable
  'agents.agent': AgentTable
  'agents.metric': MetricTable
  'agents.upgrade': UpgradeTable
  'tsvi.update': UpdateTable
  'http.first_answer': FirstAnswerTable
  'lifecycle.task': TaskTable
}
