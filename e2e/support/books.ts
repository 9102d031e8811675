import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db } from '#db'
import { listSessionAddresses } from '#vpc'
import type { DesiredState } from '../../contract/agent/desired-state.ts'

/** What the tables say of one server. */
export interface Account {
  readonly serverId: string
  /** Session addresses that are its own, those its port is open for, and those its agent was told; each in order. */
  readonly owned: readonly string[]
  readonly open: readonly string[]
  readonly told: readonly string[]
  readonly taskStatus: string
  readonly enabled: boolean
}

export function readAccounts(db: Db, serverIds: readonly string[]): Promise<Account[]> {
  return Promise.all(serverIds.map((serverId) => readAccount(db, serverId)))
}

export async function readAccount(db: Db, serverId: string): Promise<Account> {
  const owned = await listSessionAddresses(db, serverId)
  const row = await db
    .selectFrom('fleet.server')
    .innerJoin('vpc.port', 'vpc.port.id', 'fleet.server.port_id')
    .innerJoin('agents.agent', 'agents.agent.server_id', 'fleet.server.id')
    .select(['allowed_address_pairs', 'desired', 'task_status', 'ip_virtual_enable'])
    .where('fleet.server.id', '=', serverId)
    .executeTakeFirstOrThrow()
  return {
    serverId,
    owned: [...owned].sort(),
    open: row.allowed_address_pairs.map((pair) => pair.ip_address).sort(),
    told: [...((row.desired as DesiredState | null)?.virtual_ip.addresses ?? [])].sort(),
    taskStatus: row.task_status,
    enabled: row.ip_virtual_enable,
  }
}

/** No address lost, none owned twice, none owned by anybody else; port, agent and books agree; nothing is under way. */
export async function assertBooksAreRight(db: Db, serverIds: readonly string[], maxSession: number): Promise<void> {
  for (const { serverId, owned, open, told, taskStatus, enabled } of await readAccounts(db, serverIds)) {
    assert.equal(owned.length, maxSession, `server ${serverId} owns ${owned.join(' ')}`)
    assert.deepEqual(open, owned, `the port of ${serverId} is open for what it owns`)
    assert.deepEqual(told, owned, `the agent of ${serverId} was told what it owns`)
    assert.deepEqual({ taskStatus, enabled }, { taskStatus: 'null', enabled: true })
  }
  const { rows } = await sql<{ owner_id: string; address: string }>`
    SELECT owner_id, host(address) AS address FROM vpc.address WHERE kind = 'session'`.execute(db)
  assert.equal(rows.length, serverIds.length * maxSession, 'addresses with an owner')
  assert.equal(new Set(rows.map((row) => row.address)).size, rows.length, 'each has one owner')
  assert.deepEqual(new Set(rows.map((row) => row.owner_id)), new Set(serverIds))
  const unfinished = await db.selectFrom('tsvi.update').select('id').where('finished_at', 'is', null).execute()
  assert.deepEqual(unfinished, [], 'updates still under way')
}
