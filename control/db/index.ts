export type { Database, Db, Subscription, Trx } from './database.ts'
export { isDatabaseUnavailable, isNotNullViolation, isUniqueViolation } from './failure.ts'
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
  Tag,
  UpdateTable,
} from './tables.ts'
