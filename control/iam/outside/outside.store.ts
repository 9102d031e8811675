import { sql } from 'kysely'
import type { Db } from '#db'

/** Where a token of an identity service outside is valid, and whose it is. */
export interface OutsidePlace {
  readonly domain: { readonly id: string; readonly name: string }
  readonly project: { readonly id: string; readonly name: string } | null
  readonly userId: string
}

/** What the database knows about such a place; null where it has no row. */
export interface KnownPlace {
  readonly isOutside: boolean | null
  readonly enabled: boolean | null
  /** The account has users here. */
  readonly hasUsers: boolean
  readonly projectDomainId: string | null
  /** A user of ours has the id of the user. */
  readonly isOurUser: boolean
}

export async function findPlace(db: Db, { domain, project, userId }: OutsidePlace): Promise<KnownPlace> {
  const { rows } = await sql<KnownPlace>`
    SELECT d.outside AS "isOutside", d.enabled, p.domain_id AS "projectDomainId",
           EXISTS (SELECT FROM iam.user AS u WHERE u.domain_id = asked.domain_id) AS "hasUsers",
           EXISTS (SELECT FROM iam.user AS u WHERE u.id = asked.user_id) AS "isOurUser"
    FROM (SELECT ${domain.id}::text AS domain_id, ${project?.id ?? null}::text AS project_id, ${userId}::text AS user_id)
           AS asked
         LEFT JOIN iam.domain AS d ON d.id = asked.domain_id
         LEFT JOIN iam.project AS p ON p.id = asked.project_id`.execute(db)
  return rows[0] as KnownPlace
}

/**
 * Makes the rows of a place that are missing, in one statement, and never touches any that is there. The domain has a
 * name by which nobody finds it: names are given outside, and might be those of accounts here. A project whose name is
 * taken in its domain, by one that is no more there perhaps, has its id in its name.
 */
export async function insertPlace(db: Db, { domain, project }: OutsidePlace, at: Date): Promise<void> {
  const own = project ?? { id: null, name: null }
  await sql`
    WITH made AS (
      INSERT INTO iam.domain (id, name, description, outside, created_at)
      VALUES (${domain.id}, ${`keystone/${domain.id}`}, ${domain.name}, true, ${at})
      ON CONFLICT DO NOTHING RETURNING id
    ),
    place AS (SELECT id FROM made UNION SELECT id FROM iam.domain WHERE id = ${domain.id} AND outside),
    wanted AS (SELECT ${own.id}::text AS id, ${own.name}::text AS name)
    INSERT INTO iam.project (id, domain_id, name, created_at)
    SELECT wanted.id, place.id,
           CASE WHEN EXISTS (SELECT FROM iam.project AS p WHERE p.domain_id = place.id AND p.name = wanted.name)
                THEN wanted.name || ' (' || wanted.id || ')' ELSE wanted.name END, ${at}
    FROM place, wanted WHERE wanted.id IS NOT NULL
    ON CONFLICT DO NOTHING`.execute(db)
}
