import { isForeignKeyViolation, isUniqueViolation } from '#db'
import { AppError } from '#kernel'
import { type Attachment, deleteAttachment, insertAttachment } from './attachment.store.ts'
import type { GrantsDeps } from './deps.ts'

/**
 * Gives an identity policy to somebody of the account; both were found before. Throws iam.conflict for a second time,
 * iam.not_found when one of them was deleted meanwhile.
 */
export async function attachPolicy({ db, clock }: GrantsDeps, attachment: Attachment): Promise<void> {
  const { policyId, kind, subjectId } = attachment
  try {
    await insertAttachment(db, attachment, clock.now())
  } catch (error) {
    if (isUniqueViolation(error)) {
      const detail = `the ${kind} ${subjectId} has the policy ${policyId} already`
      throw new AppError('iam.conflict', { detail }, { cause: error })
    }
    if (!isForeignKeyViolation(error)) throw error
    throw new AppError('iam.not_found', { target: `policy or ${kind}`, id: `${policyId}, ${subjectId}` })
  }
}

/** Throws iam.not_found when nothing is attached. */
export async function detachPolicy({ db }: GrantsDeps, attachment: Attachment): Promise<void> {
  if (await deleteAttachment(db, attachment)) return
  const { policyId, kind, subjectId } = attachment
  throw new AppError('iam.not_found', { target: `policy of ${kind} ${subjectId}`, id: policyId })
}
