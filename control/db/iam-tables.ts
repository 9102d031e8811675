import type { ColumnType, Generated } from 'kysely'
import type { DefaultJson, Tag, Timestamp } from './column.ts'

export interface SealingKeyTable {
  id: string
  purpose: 'secrets' | 'tokens'
  key_sealed: string
  created_at: Timestamp
}

export interface DomainTable {
  id: string
  name: string
  description: Generated<string>
  outside: Generated<boolean>
  enabled: Generated<boolean>
  created_at: Timestamp
}

export interface ProjectTable {
  id: string
  domain_id: string
  /** The project of its region; null for that one itself. */
  parent_id: ColumnType<string | null, string | null | undefined, string | null>
  name: string
  description: Generated<string>
  enabled: Generated<boolean>
  created_at: Timestamp
}

export interface UserTable {
  id: string
  domain_id: string
  name: string
  password_hash: string | null
  is_owner: Generated<boolean>
  enabled: Generated<boolean>
  description: Generated<string>
  email: Generated<string>
  areacode: Generated<string>
  phone: Generated<string>
  access_mode: ColumnType<AccessMode, AccessMode | undefined, AccessMode>
  tags: DefaultJson<Tag[]>
  password_reset: Generated<boolean>
  xuser_id: Generated<string>
  xuser_type: Generated<string>
  credentials_at: ColumnType<Date, Date | undefined, Date>
  created_at: Timestamp
}

export type AccessMode = 'default' | 'programmatic' | 'console'

export interface AccessKeyTable {
  access_key: string
  user_id: string
  secret_sealed: string
  description: Generated<string>
  enabled: Generated<boolean>
  created_at: Timestamp
}

export interface GroupTable {
  id: string
  domain_id: string
  name: string
  description: Generated<string>
  created_at: Timestamp
}

export interface GroupMemberTable {
  group_id: string
  user_id: string
}

export interface AgencyTable {
  id: string
  domain_id: string
  name: string
  description: Generated<string>
  path: Generated<string>
  trust_domain_id: string
  max_session_seconds: Generated<number>
  duration: Generated<string>
  trust_policy: ColumnType<string | null, string | null | undefined, string | null>
  created_at: Timestamp
}

export interface EnterpriseProjectTable {
  id: string
  domain_id: string
  name: string
  description: Generated<string>
  type: Generated<string>
  status: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface PolicyTable {
  id: string
  domain_id: string | null
  model: PolicyModel
  name: string
  display_name: Generated<string>
  type: 'AX' | 'XA' | 'AA' | 'XX'
  catalog: Generated<string>
  path: Generated<string>
  description: Generated<string>
  description_cn: Generated<string>
  last_version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export type PolicyModel = 'role' | 'policy' | 'identity'

export interface PolicyVersionTable {
  policy_id: string
  version: number
  document: string
  is_default: boolean
  created_at: Timestamp
}

export interface GrantTable {
  id: string
  domain_id: string
  policy_id: string
  group_id: string | null
  agency_id: string | null
  user_id: string | null
  scope: 'global' | 'project' | 'all' | 'enterprise_project'
  project_id: string | null
  enterprise_project_id: string | null
  created_at: Timestamp
}

export interface AttachmentTable {
  id: string
  policy_id: string
  user_id: string | null
  group_id: string | null
  agency_id: string | null
  created_at: Timestamp
}

export interface TemporaryKeyTable {
  access_key: string
  secret_sealed: string
  security_token_sha256: string
  user_id: string | null
  agency_id: string | null
  session_name: Generated<string>
  assumed_by: string | null
  credentials_at: Timestamp
  token_ids: Generated<string>
  session_policy: string | null
  project_id: string | null
  issued_at: Timestamp
  expires_at: Timestamp
}

export interface RevokedTokenTable {
  token_id: string
  expires_at: Timestamp
}

export interface IamTables {
  'iam.sealing_key': SealingKeyTable
  'iam.domain': DomainTable
  'iam.project': ProjectTable
  'iam.user': UserTable
  'iam.access_key': AccessKeyTable
  'iam.group': GroupTable
  'iam.group_member': GroupMemberTable
  'iam.agency': AgencyTable
  'iam.enterprise_project': EnterpriseProjectTable
  'iam.policy': PolicyTable
  'iam.policy_version': PolicyVersionTable
  'iam.grant': GrantTable
  'iam.attachment': AttachmentTable
  'iam.temporary_key': TemporaryKeyTable
  'iam.revoked_token': RevokedTokenTable
}
