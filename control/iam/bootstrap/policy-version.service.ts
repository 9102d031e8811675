import { insertVersion } from '../grants/policy.store.ts'
import { renderVersionId } from '../grants/policy.ts'
import {
  deleteVersion,
  listVersions,
  lockPolicy,
  nextVersion,
  updateDefaultVersion,
} from '../grants/policy-version.store.ts'
import { MOST_POLICY_VERSIONS } from '../policy/index.ts'
import { type AccountApplication, requireWritten } from './application.ts'
import { isSameDocument } from './policy-document.ts'

interface Own {
  readonly domainId: string
  readonly policyId: string
}

/**
 * Makes a document the one in force: of a version that says the same already, else of a new one. Where there is no room
 * for that, the oldest version goes that is not in force.
 */
export async function putDocumentInForce(
  application: AccountApplication,
  own: Own,
  name: string,
  document: string,
): Promise<void> {
  const { trx, at, account, changes } = application
  // versions that are made elsewhere wait until the end of the transaction
  requireWritten(await lockPolicy(trx, own))
  const versions = await listVersions(trx, own.policyId)
  const same = versions.find((version) => isSameDocument(version.document, document))
  if (same?.isDefault) return
  if (same) {
    await updateDefaultVersion(trx, own.policyId, same.version, at)
    changes.push(`changed policy ${account.name}/${name}: ${renderVersionId(same.version)} is in force again`)
    return
  }
  await pruneVersions(application, own, name)
  const next = await nextVersion(trx, own)
  if (next === undefined) return requireWritten(next)
  const { version } = next
  await insertVersion(trx, { policyId: own.policyId, version, document, isDefault: false, createdAt: at })
  await updateDefaultVersion(trx, own.policyId, version, at)
  changes.push(`changed policy ${account.name}/${name}: ${renderVersionId(version)} is in force`)
}

async function pruneVersions({ trx, account, changes }: AccountApplication, own: Own, name: string): Promise<void> {
  const versions = await listVersions(trx, own.policyId)
  const idle = versions.filter(({ isDefault }) => !isDefault).toReversed()
  for (const { version } of idle.slice(0, Math.max(versions.length - MOST_POLICY_VERSIONS + 1, 0))) {
    await deleteVersion(trx, own.policyId, version)
    changes.push(`deleted ${renderVersionId(version)} of policy ${account.name}/${name}`)
  }
}
