import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '#db'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import type { Feature } from '../../contract/agent/messages.ts'

/** NOTIFY channel: the payload is the id of a server whose desired state changed. */
export const DESIRED_CHANNEL = 'berth_desired'

/** NOTIFY channel: the payload is the id of a server with sessions to log off. */
export const LOGOFF_CHANNEL = 'berth_logoff'

export interface Agent {
  readonly server_id: string
  readonly public_key: string | null
  readonly generation: number
  readonly desired: DesiredState | null
  readonly boot_id: string | null
  readonly applied_generation: number
}

const COLUMNS = ['server_id', 'public_key', 'generation', 'desired', 'boot_id', 'applied_generation'] as const

export async function findAgent(db: Db, serverId: string): Promise<Agent | undefined> {
  const row = await db.selectFrom('agents.agent').select(COLUMNS).where('server_id', '=', serverId).executeTakeFirst()
  return row as Agent | undefined
}

/**
 * The part of a statement that gives a server a new desired state under the next generation, if its CTE `seen` has a
 * row: the CTE `written (server_id, generation)`. Whoever uses it selects `announce` from it, so that the replica that
 * holds the agent's connection is told at commit.
 */
export function writtenCte(serverId: string, desired: Omit<DesiredState, 'generation'>): RawBuilder<unknown> {
  return sql`written AS (
      UPDATE agents.agent
      SET generation = generation + 1,
          desired = ${JSON.stringify(desired)}::jsonb || jsonb_build_object('generation', generation + 1)
      FROM seen WHERE server_id = ${serverId}
      RETURNING server_id, generation
    )`
}

export const announce: RawBuilder<unknown> = sql`pg_notify(${sql.lit(DESIRED_CHANNEL)}, server_id)`

/** Says, at commit, that something else than the desired state of these servers changed that their agents are told. */
export async function announceChange(db: Db, serverIds: readonly string[]): Promise<void> {
  await sql`SELECT ${announce} FROM unnest(${serverIds}::text[]) AS changed (server_id)`.execute(db)
}

/** What was desired stays, without a reboot that is still to come: an agent that is away would do it when it is back. */
export async function withdrawReboot(db: Db, serverId: string): Promise<void> {
  await sql`
    WITH written AS (
      UPDATE agents.agent
      SET generation = generation + 1,
          desired = desired || jsonb_build_object('reboot', NULL, 'generation', generation + 1)
      WHERE server_id = ${serverId} AND jsonb_typeof(desired -> 'reboot') = 'object'
      RETURNING server_id
    )
    SELECT ${announce} FROM written`.execute(db)
}

export async function insertAgent(db: Db, serverId: string): Promise<void> {
  await db
    .insertInto('agents.agent')
    .values({ server_id: serverId, public_key: null, boot_id: null, seen_at: null })
    .onConflict((conflict) => conflict.column('server_id').doNothing())
    .execute()
}

/** Its key and its tokens are gone: nobody links as this server any more, and a connection that is open ends. */
export async function disownAgent(db: Db, serverId: string): Promise<void> {
  await sql`
    WITH tokens AS (DELETE FROM agents.join_token WHERE server_id = ${serverId}),
    disowned AS (
      UPDATE agents.agent SET public_key = NULL, boot_id = NULL, applied_generation = 0
      WHERE server_id = ${serverId} RETURNING server_id
    )
    SELECT ${announce} FROM disowned`.execute(db)
}

/** The server was switched off: it is in no boot, and what its last one may still say is late. */
export async function leaveBoot(db: Db, serverId: string): Promise<void> {
  await db.updateTable('agents.agent').set({ boot_id: null }).where('server_id', '=', serverId).execute()
}

/** Forgets the tokens of a server: what was given one and did not use it enrols no more. */
export async function voidJoinTokens(db: Db, serverId: string): Promise<void> {
  await db.deleteFrom('agents.join_token').where('server_id', '=', serverId).execute()
}

/**
 * The part of a statement that voids this one key of a server, if the CTE `seen` has a row: the CTE
 * `voided (server_id)`. Another key, of an agent that has enrolled since, stays. Whoever uses it selects `announce`.
 */
export function voidKeyCte(serverId: string, publicKey: string): RawBuilder<unknown> {
  return sql`voided AS (
      UPDATE agents.agent SET public_key = NULL, boot_id = NULL, applied_generation = 0
      FROM seen WHERE server_id = ${serverId} AND public_key = ${publicKey}
      RETURNING server_id
    )`
}

/** Returns the number of the new connection; undefined when the key it was proved with is not the server's any more. */
export async function recordLinked(
  db: Db,
  serverId: string,
  linked: { publicKey: string; bootId: string; agentVersion: string; features: readonly Feature[]; at: Date },
): Promise<number | undefined> {
  const row = await db
    .updateTable('agents.agent')
    .set({ boot_id: linked.bootId, agent_version: linked.agentVersion, seen_at: linked.at })
    .set({ link_number: sql<number>`link_number + 1`, features: [...linked.features] })
    .where('server_id', '=', serverId)
    .where('public_key', '=', linked.publicKey)
    .returning('link_number')
    .executeTakeFirst()
  return row?.link_number
}

export interface Report {
  readonly bootId: string
  readonly linkNumber: number
  /** The generation the report says is applied; undefined when it says none is. */
  readonly appliedGeneration: number | undefined
  readonly at: Date
}

/**
 * Writes down what a report says, if it came by the server's newest connection: false when it did not, and then
 * nothing is written. A connection another replica holds is not closed when the server comes back here; this is what
 * it meets. An applied generation never becomes smaller.
 */
export async function recordObserved(db: Db, serverId: string, report: Report): Promise<boolean> {
  const { bootId, linkNumber, appliedGeneration = 0, at } = report
  const result = await db
    .updateTable('agents.agent')
    .set({ seen_at: at, applied_generation: sql<number>`greatest(applied_generation, ${appliedGeneration}::integer)` })
    .where('server_id', '=', serverId)
    .where('boot_id', '=', bootId)
    .where('link_number', '=', linkNumber)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Which connection of which server a word came by. */
export interface LinkRef {
  readonly serverId: string
  readonly bootId: string
  readonly linkNumber: number
}

/** Writes down that the host named all of its sessions. A connection that was replaced has nothing to say. */
export async function recordListed(db: Db, { serverId, bootId, linkNumber }: LinkRef, at: Date): Promise<void> {
  await db
    .updateTable('agents.agent')
    .set({ listed_at: sql<Date>`greatest(listed_at, ${at}::timestamptz)` })
    .where('server_id', '=', serverId)
    .where('boot_id', '=', bootId)
    .where('link_number', '=', linkNumber)
    .execute()
}

/** Until the transaction ends nobody else records what this server says. False: a newer connection has taken over. */
export async function holdLink(trx: Trx, { serverId, bootId, linkNumber }: LinkRef): Promise<boolean> {
  const row = await trx
    .selectFrom('agents.agent')
    .select('server_id')
    .where('server_id', '=', serverId)
    .where('boot_id', '=', bootId)
    .where('link_number', '=', linkNumber)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row !== undefined
}
