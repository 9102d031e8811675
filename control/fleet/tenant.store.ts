import type { Db, Trx } from '#db'
import { AppError } from '#kernel'

/** Until something says otherwise, a project is an active tenant. */
export const TENANT_STATUSES = ['active', 'inactive'] as const
export type TenantStatus = (typeof TENANT_STATUSES)[number]

export async function saveTenantStatus(db: Db, projectId: string, status: TenantStatus, at: Date): Promise<void> {
  await db
    .insertInto('fleet.tenant')
    .values({ project_id: projectId, service_status: status, created_at: at, updated_at: at })
    .onConflict((conflict) => conflict.column('project_id').doUpdateSet({ service_status: status, updated_at: at }))
    .execute()
}

/**
 * Holds the tenant until the transaction ends: nobody switches it off, and nobody else who holds it counts what it has.
 * Throws `fleet.tenant_inactive`.
 */
export async function holdActiveTenant(trx: Trx, projectId: string, at: Date): Promise<void> {
  const { service_status } = await trx
    .insertInto('fleet.tenant')
    .values({ project_id: projectId, created_at: at, updated_at: at })
    // changes nothing, and locks the row
    .onConflict((conflict) =>
      conflict.column('project_id').doUpdateSet(({ ref }) => ({ updated_at: ref('fleet.tenant.updated_at') })),
    )
    .returning('service_status')
    .executeTakeFirstOrThrow()
  if (service_status !== 'active') throw new AppError('fleet.tenant_inactive')
}
