import type { Db } from '#db'
import { readPortAddresses } from './address.store.ts'
import { missingPairs, replacePairs } from './address-pair.ts'
import { type PortDriver, PortRefused, type ServerPort } from './port-driver.ts'

/** Ports in our own tables. The row lock is the per-port lock: read, modify, write and read back happen under it. */
export function embeddedPorts(db: Db): PortDriver {
  return {
    setSessionAddresses: ({ portId, ownerId }: ServerPort) =>
      db.transaction().execute(async (trx) => {
        const port = await trx
          .selectFrom('vpc.port')
          .select('allowed_address_pairs')
          .where('id', '=', portId)
          .forUpdate()
          .executeTakeFirst()
        if (!port) throw new PortRefused(`port ${portId} does not exist`)
        const { open, leaving } = await readPortAddresses(trx, ownerId)
        const former = leaving.map(({ address }) => address)
        const pairs = replacePairs(port.allowed_address_pairs, former, open)
        const written = await trx
          .updateTable('vpc.port')
          .set({ allowed_address_pairs: JSON.stringify(pairs) })
          .where('id', '=', portId)
          .returning('allowed_address_pairs')
          .executeTakeFirstOrThrow()
        const missing = missingPairs(written.allowed_address_pairs, open)
        if (missing.length > 0) throw new PortRefused(`port ${portId} lacks ${missing.join(', ')} after the write`)
        return leaving
      }),
  }
}
