import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { type Db, isForeignKeyViolation, isUniqueViolation, type Tag, type Trx } from '#db'
import { isOpenEnterpriseProject } from '#iam'
import { AppError, type Clock } from '#kernel'
import type { BodyOf } from '../../contract/operation.ts'
import type {
  createVpc as createOperation,
  updateVpc as updateOperation,
} from '../../contract/operations/vpc/network.ts'
import { type Block, findVpcFault, holds, parseBlock } from './cidr.ts'
import { holdRoom } from './limits.ts'
import { nameUsers } from './users.view.ts'
import { requireVpc, type VpcRow } from './vpc.view.ts'

export interface VpcDeps {
  readonly db: Db
  readonly clock: Clock
}

type NewVpc = BodyOf<typeof createOperation>['vpc']
type VpcChange = BodyOf<typeof updateOperation>['vpc']

/** `key*value` of the request. */
export function tagsOf(texts: readonly string[] = []): Tag[] {
  const tags = texts.map((text) => {
    const [key = '', value = ''] = text.split('*', 2)
    return { key, value }
  })
  const twice = tags.find(({ key }, index) => tags.findIndex((tag) => tag.key === key) < index)
  if (twice) throw new AppError('vpc.invalid', { detail: `the tag ${twice.key} is there twice.` })
  return tags
}

export async function createVpc({ db, clock }: VpcDeps, projectId: string, request: NewVpc): Promise<VpcRow> {
  refuseFault(findVpcFault(request.cidr))
  const id = randomUUID()
  const epsId = request.enterprise_project_id || '0'
  const row = {
    ...{ id, project_id: projectId, name: request.name ?? '', cidr: request.cidr },
    description: request.description ?? '',
    enterprise_project_id: epsId,
    tags: JSON.stringify(tagsOf(request.tags)),
    created_at: clock.now(),
  }
  return named(row.name, () =>
    db.transaction().execute(async (trx) => {
      await requireEnterpriseProject(trx, projectId, epsId)
      await holdRoom(trx, projectId, 'vpc')
      await trx.insertInto('vpc.vpc').values(row).execute()
      return requireVpc(trx, projectId, id)
    }),
  )
}

async function requireEnterpriseProject(trx: Trx, projectId: string, id: string): Promise<void> {
  if (id === '0' || (await isOpenEnterpriseProject(trx, projectId, id))) return
  throw new AppError('vpc.not_found', { kind: 'enterprise project', id })
}

export function updateVpc({ db, clock }: VpcDeps, { id, project_id }: VpcRow, change: VpcChange): Promise<VpcRow> {
  if (change.cidr !== undefined) refuseFault(findVpcFault(change.cidr))
  const { name, description, cidr } = change
  return named(name ?? '', () =>
    db.transaction().execute(async (trx) => {
      await holdVpc(trx, project_id, id)
      if (cidr !== undefined) await requireAllInside(trx, id, cidr)
      await trx
        .updateTable('vpc.vpc')
        .set({ updated_at: clock.now() })
        .$if(name !== undefined, (query) => query.set({ name: name ?? '' }))
        .$if(description !== undefined, (query) => query.set({ description: description ?? '' }))
        .$if(cidr !== undefined, (query) => query.set({ cidr: cidr ?? '' }))
        .where('id', '=', id)
        .execute()
      return requireVpc(trx, project_id, id)
    }),
  )
}

/** Holds the row until the end: blocks inside a VPC are compared by one at a time. */
export async function holdVpc(trx: Trx, projectId: string, id: string): Promise<{ readonly cidr: string }> {
  const { rows } = await sql<{ cidr: string }>`
    SELECT text(cidr) AS cidr FROM vpc.vpc WHERE id = ${id} AND project_id = ${projectId} FOR NO KEY UPDATE`.execute(
    trx,
  )
  const [row] = rows
  if (!row) throw new AppError('vpc.not_found', { kind: 'VPC', id })
  return row
}

async function requireAllInside(trx: Trx, vpcId: string, vpcCidr: string): Promise<void> {
  const { rows } = await sql<{ cidr: string }>`
    SELECT text(cidr) AS cidr FROM vpc.subnet WHERE vpc_id = ${vpcId}`.execute(trx)
  const outside = rows.find(({ cidr }) => !holds(parseBlock(vpcCidr) as Block, parseBlock(cidr) as Block))
  if (outside) throw new AppError('vpc.subnet_outside', { cidr: outside.cidr, vpcId, vpcCidr })
}

/** A subnet in it keeps it, by its foreign key; a group that names it is looked for under its lock. */
export async function deleteVpc({ db }: VpcDeps, { id: vpcId, project_id }: VpcRow): Promise<void> {
  try {
    await db.transaction().execute(async (trx) => {
      await sql`SELECT FROM vpc.vpc WHERE id = ${vpcId} FOR UPDATE`.execute(trx)
      const users = await nameUsers(trx, { vpcId })
      if (users !== undefined) throw new AppError('vpc.vpc_in_use', { vpcId, users })
      const { numDeletedRows } = await trx.deleteFrom('vpc.vpc').where('id', '=', vpcId).executeTakeFirst()
      if (numDeletedRows !== 1n) throw new AppError('vpc.not_found', { kind: 'VPC', id: vpcId })
    })
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new AppError('vpc.vpc_in_use', { vpcId, users: `something of project ${project_id}` }, { cause: error })
  }
}

export function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) throw new AppError('vpc.invalid', { detail: `${fault}.` })
}

/** The index, not a look before, refuses a second VPC of one name. */
async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isUniqueViolation(error, 'vpc_name')) throw new AppError('vpc.name_taken', { name }, { cause: error })
    if (!isForeignKeyViolation(error, 'vpc_enterprise_project')) throw error
    throw new AppError('vpc.not_found', { kind: 'enterprise project', id: 'named' }, { cause: error })
  }
}
