import { AppError } from '#kernel'
import { checkSessionDocument, checkSessionText } from '../grants/policy-document.ts'
import type { Document } from '../policy/index.ts'

/**
 * Checks a document that narrows a temporary key and returns it as the text to keep. The older API takes documents of
 * version 1.1, STS those of 5.0 as text (IAM reference, section 1.4).
 */
export function requireSessionPolicy(document: unknown): string {
  requireVersion(checkSessionDocument(document), '1.1')
  return JSON.stringify(document)
}

export function requireSessionPolicyText(text: string): string {
  requireVersion(checkSessionText(text), '5.0')
  return text
}

function requireVersion({ version }: Document, wanted: Document['version']): void {
  if (version === wanted) return
  const detail = `must be ${wanted} for a session policy here.`
  throw new AppError('iam.policy_invalid', { code: 'IAM.1024', where: 'Version', detail })
}
