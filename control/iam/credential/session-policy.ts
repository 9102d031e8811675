import { AppError } from '#kernel'

/** What a session policy may be as text: the limit of the older grammar (IAM reference, section 4.3, IAM.1021). */
const MAX_CHARACTERS = 6144

/**
 * Checks a session policy document that somebody writes and returns it as the text to keep.
 *
 * To be wired: the statements are read by the policy parser (`parseDocument('session', value)`), whose PolicyError has
 * code, where and detail for `iam.policy_invalid`. Until then the outer form is checked here; a statement that is wrong
 * is found when it is evaluated, where it allows nothing.
 */
export function requireSessionPolicy(document: unknown, version: '1.1' | '5.0'): string {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalid('IAM.1020', 'document', 'must be an object with Version and Statement.')
  }
  const text = JSON.stringify(document)
  if (text.length > MAX_CHARACTERS) {
    throw invalid('IAM.1021', 'document', `has ${text.length} characters. Give it 1 to ${MAX_CHARACTERS}.`)
  }
  const { Version, Statement } = document as { readonly Version?: unknown; readonly Statement?: unknown }
  if (Version !== version) throw invalid('IAM.1024', 'Version', `must be ${version} for a session policy here.`)
  if (!Array.isArray(Statement) || Statement.length === 0) {
    throw invalid('IAM.1027', 'Statement', 'must be an array of statements.')
  }
  return text
}

/** The same for a document that is sent as text. */
export function requireSessionPolicyText(text: string, version: '1.1' | '5.0'): string {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw invalid('IAM.1020', 'document', 'is not valid JSON. Send one JSON object.')
  }
  return requireSessionPolicy(document, version)
}

function invalid(code: string, where: string, detail: string): AppError {
  return new AppError('iam.policy_invalid', { code, where, detail })
}
