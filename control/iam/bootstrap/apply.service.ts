import { sql } from 'kysely'
import { type Db, isForeignKeyViolation, isUniqueViolation, type Trx } from '#db'
import type { Clock } from '#kernel'
import { listEnterpriseProjectRows } from '../identity/enterprise-project.store.ts'
import { DEFAULT_ENTERPRISE_PROJECT, DEFAULT_ENTERPRISE_PROJECT_NAME } from '../identity/enterprise-project.ts'
import { listProjects } from '../identity/identity.store.ts'
import type { UserRow } from '../identity/user.store.ts'
import type { Keyring } from '../keys/keyring.ts'
import { applyAccount } from './account.service.ts'
import { applyAgencies } from './agency.service.ts'
import { type AccountApplication, type Application, Overtaken } from './application.ts'
import { refuseDuplicates } from './duplicates.ts'
import { applyEnterpriseProjects } from './enterprise-project.service.ts'
import { applyGrants } from './grant.service.ts'
import type { GrantPlaces } from './grant-place.ts'
import { applyGroups } from './group.service.ts'
import { applyAttachments } from './holding.service.ts'
import { type Passwords, preparePasswords } from './passwords.ts'
import { applyPolicies } from './policy.service.ts'
import { applyProjects } from './project.service.ts'
import type { Bootstrap } from './read-file.ts'
import { applyUsers } from './user.service.ts'

export interface BootstrapDeps {
  readonly db: Db
  readonly clock: Clock
  readonly keyring: Pick<Keyring, 'secrets'>
  /** Projects are called after it. */
  readonly region: string
}

export interface ApplyOptions {
  /** Everything is done and then undone: the answer is the same. */
  readonly dryRun: boolean
}

/** Any number, the same in every version: replicas that start together apply one after the other. */
const LOCK = 7_263_502

/** Somebody who changes accounts through the API meanwhile does not do so every time. */
const ATTEMPTS = 4

/**
 * Brings the database in line with a bootstrap file, in one transaction: all of it or nothing. Returns what was changed,
 * a line each; a second time that is nothing, and nothing is written. Throws a BootstrapError with file, line and place
 * for what cannot be done as it is said.
 */
export async function applyBootstrap(
  deps: BootstrapDeps,
  file: Bootstrap,
  options: ApplyOptions,
): Promise<readonly string[]> {
  refuseDuplicates(file)
  let passwords: Passwords = new Map()
  for (let attempt = 1; ; attempt += 1) {
    passwords = await preparePasswords(deps.db, file, passwords)
    try {
      return await applyOnce(deps, file, passwords, options)
    } catch (error) {
      if (attempt === ATTEMPTS || !isOvertaken(error)) throw error
    }
  }
}

/** What was read is not so any more. A key that is taken for good is so at the last attempt, too. */
function isOvertaken(error: unknown): boolean {
  if (error instanceof Overtaken || isUniqueViolation(error) || isForeignKeyViolation(error)) return true
  return error instanceof Error && error.cause !== undefined && isOvertaken(error.cause)
}

class DryRun extends Error {}

async function applyOnce(
  { db, clock, keyring, region }: BootstrapDeps,
  file: Bootstrap,
  passwords: Passwords,
  { dryRun }: ApplyOptions,
): Promise<readonly string[]> {
  const changes: string[] = []
  const inTransaction = async (trx: Trx) => {
    await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(trx)
    await applyFile({ trx, at: clock.now(), region, secrets: keyring.secrets, file, passwords, changes })
    if (dryRun) throw new DryRun()
  }
  try {
    await db.transaction().execute(inTransaction)
  } catch (error) {
    if (!(error instanceof DryRun)) throw error
  }
  return changes
}

/** All accounts first: agencies trust accounts wherever these stand in the file. */
async function applyFile(application: Application): Promise<void> {
  const accounts: AccountApplication[] = []
  for (const [index, account] of application.file.accounts.entries()) {
    accounts.push(await applyAccount(application, account, ['accounts', index]))
  }
  for (const account of accounts) await applyInside(account)
}

/** What is referred to comes before what refers to it. */
async function applyInside(application: AccountApplication): Promise<void> {
  await applyProjects(application)
  await applyEnterpriseProjects(application)
  const policies = await applyPolicies(application)
  const users = await applyUsers(application)
  const groupIds = await applyGroups(application, users)
  const agencyIds = await applyAgencies(application)
  const holders = holdersOf(application, users, groupIds, agencyIds)
  await applyAttachments(application, holders, policies)
  await applyGrants(application, holders, policies, await findPlaces(application))
}

function holdersOf(
  { entry, place }: AccountApplication,
  rows: readonly UserRow[],
  groupIds: readonly string[],
  agencyIds: readonly string[],
) {
  const { users = [], groups = [], agencies = [] } = entry
  const userIds = users.map(({ name }) => rows.find((row) => row.name === name)?.id)
  const kinds = [
    { kind: 'user', noun: 'users', entries: users, ids: userIds },
    { kind: 'group', noun: 'groups', entries: groups, ids: groupIds },
    { kind: 'agency', noun: 'agencies', entries: agencies, ids: agencyIds },
  ] as const
  return kinds.flatMap(({ kind, noun, entries, ids }) =>
    entries.map(({ name, policies, grants }, index) => {
      const id = ids[index]
      if (id === undefined) throw new Overtaken(`the ${kind} ${name} was deleted meanwhile`)
      return { kind, id, name, policies, grants, place: [...place, noun, index] }
    }),
  )
}

async function findPlaces({ trx, account }: AccountApplication): Promise<GrantPlaces> {
  const standard = { id: DEFAULT_ENTERPRISE_PROJECT, name: DEFAULT_ENTERPRISE_PROJECT_NAME }
  const enterpriseProjects = [standard, ...(await listEnterpriseProjectRows(trx, account.id))]
  return { projects: await listProjects(trx, account.id), enterpriseProjects }
}
