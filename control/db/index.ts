export type { Tag } from './column.ts'
export type { Database, Db, Subscription, Trx } from './database.ts'
export { isDatabaseUnavailable, isForeignKeyViolation, isNotNullViolation, isUniqueViolation } from './failure.ts'
export type {
  AccessKeyTable,
  AccessMode,
  AgencyTable,
  EnterpriseProjectTable,
  GrantTable,
  GroupTable,
  PolicyModel,
  ProjectTable,
  UserTable,
} from './iam-tables.ts'
export { migrate } from './migrate.ts'
export { type DatabaseConfig, openDatabase } from './open.ts'
export { openPglite } from './pglite.ts'
export { openPostgres } from './postgres.ts'
export type {
  AddressPair,
  HostAddress,
  RoutePolicy,
  ServerGroupTable,
  ServerTable,
  SubJobTable,
  Tables,
  TaskTable,
  UpdateTable,
} from './tables.ts'
