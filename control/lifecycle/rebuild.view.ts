import { sql } from 'kysely'
import type { Db } from '#db'

export interface ImageOf {
  readonly imageId: string
  readonly osType: string
  /** GB. */
  readonly systemDiskSize: number
}

/** What servers are made from: their own image, or that of their group. */
export async function findImages(db: Db, serverIds: readonly string[]): Promise<ReadonlyMap<string, ImageOf>> {
  const rows = await db
    .selectFrom('fleet.server as s')
    .innerJoin('fleet.server_group as g', 'g.id', 's.server_group_id')
    .select(['s.id', 'g.os_type as osType', sql<string>`coalesce(s.image_id, g.image_id)`.as('imageId')])
    .select(sql<number>`coalesce(s.root_volume_size, g.system_disk_size)`.as('systemDiskSize'))
    .where(sql<boolean>`s.id = ANY(${serverIds}::text[])`)
    .execute()
  return new Map(rows.map(({ id, ...image }) => [id, image]))
}
