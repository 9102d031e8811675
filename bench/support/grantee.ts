import { randomUUID } from 'node:crypto'
import type { Db } from '#db'
import { insertAttachment } from '../../control/iam/grants/attachment.store.ts'
import { insertPolicy, type NewPolicy } from '../../control/iam/grants/policy.store.ts'

/** Gives a user an identity policy of so many statements, of which the last one allows what the main job needs. */
export async function grantByPolicy(db: Db, domainId: string, userId: string, statements: number): Promise<void> {
  const id = randomUUID()
  const at = new Date()
  const document = JSON.stringify({
    Version: '5.0',
    Statement: Array.from({ length: statements }, (_, index) => statementOf(index === statements - 1, index)),
  })
  const policy: NewPolicy = {
    ...{ id, domainId, model: 'identity', name: id, displayName: id, type: 'AX', catalog: '', path: '' },
    ...{ description: '', descriptionCn: '', document, createdAt: at },
  }
  await db.transaction().execute(async (trx) => {
    await insertPolicy(trx, policy)
    await insertAttachment(trx, { policyId: id, kind: 'user', subjectId: userId }, at)
  })
}

/** All are about the same actions; only the last one's range has the caller, so that nobody can stop early. */
function statementOf(allows: boolean, index: number): object {
  return {
    Effect: 'Allow',
    Action: ['workspace:server:batchUpdateTsvi', 'vpc:subnets:get', 'vpc:ports:update'],
    Condition: {
      StringEquals: { 'g:ResourceTag/env': ['prod'] },
      IpAddress: { 'g:SourceIp': [allows ? '203.0.113.0/24' : `10.${index}.0.0/16`] },
    },
  }
}
