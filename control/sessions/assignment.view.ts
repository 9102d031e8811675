import { sql } from 'kysely'
import type { Db } from '#db'

/** Who held an address, and from when until when. */
export interface Holder {
  readonly session_id: string
  readonly project_id: string
  readonly server_id: string
  readonly server_name: string
  readonly user_name: string
  readonly held_from: Date
  /** Null: still. */
  readonly held_until: Date | null
}

/**
 * Who had this address of this subnet at this instant: one answer or none, by the exclusion constraint. No operation asks
 * this yet.
 */
export async function whoHad(db: Db, subnetId: string, address: string, at: Date): Promise<Holder | undefined> {
  const { rows } = await sql<Holder>`
    SELECT a.session_id, a.project_id, a.server_id, s.server_name, s.user_name, a.held_from, a.held_until
    FROM sessions.assignment AS a JOIN sessions.session AS s ON s.id = a.session_id
    WHERE a.address = ${address}::inet AND a.subnet_id = ${subnetId}
      AND tstzrange(a.held_from, a.held_until) @> ${at}::timestamptz`.execute(db)
  return rows[0]
}
