import type { Generated } from 'kysely'
import type { Timestamp } from './column.ts'

export interface SessionTable {
  id: string
  project_id: string
  server_id: string
  boot_id: string
  host_session_id: string
  user_name: string
  /** Arrives as text. */
  uid: string
  client_ip: string | null
  virtual_ip: string | null
  state: string
  state_at: Timestamp
  host_started_at: string
  start_time: Timestamp
  end_time: Timestamp | null
  end_reason: string | null
  server_group_id: string
  server_group_name: string
  primary_server_group_id: string | null
  session_type: string
  server_name: string
  machine_name: string
  vm_ip: string
  agent_version: string
  updated_at: Timestamp
}

export interface AssignmentTable {
  session_id: string
  project_id: string
  server_id: string
  subnet_id: string
  address: string
  held_from: Timestamp
  held_until: Timestamp | null
}

export interface LogoffTable {
  session_id: string
  server_id: string
  requested_at: Timestamp
  due_at: Timestamp
  message_type: number
  title: string
  message: string
  transaction_id: string
  done_at: Timestamp | null
}

export interface ExportTable {
  id: string
  project_id: string
  kind: string
  /** JSON as text in, a value out. */
  filter: unknown
  status: string
  attempt: Generated<number>
  failure: string | null
  created_at: Timestamp
  finished_at: Timestamp | null
}

export interface ExportPartTable {
  export_id: string
  number: number
  content: string
}

export interface SessionTables {
  'sessions.session': SessionTable
  'sessions.assignment': AssignmentTable
  'sessions.logoff': LogoffTable
  'sessions.export': ExportTable
  'sessions.export_part': ExportPartTable
}
