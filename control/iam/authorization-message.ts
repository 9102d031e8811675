import type { Keyring } from './keys/keyring.ts'
import type { Decider, Decision } from './policy/index.ts'
import type { ContextValues } from './request-context.ts'

/** Longer values, and what does not fit any more, are left out: a header or tag must not make answers long. */
const MOST_VALUE_CHARACTERS = 256
const MOST_CONTEXT_CHARACTERS = 4096

const KINDS: Readonly<Record<Decider['kind'], string>> = {
  role: 'identity-based',
  policy: 'identity-based',
  identity: 'identity-based',
  session: 'session',
  scp: 'service control',
}

/** What a refusal says to whoever may decode it: IAM reference, section 4.2. */
export function renderMessage(values: ContextValues, { reason, decider, missing }: Decision): string {
  const kind = decider ? KINDS[decider.kind] : KINDS[missing ?? 'identity']
  const failure = `${reason === 'explicitDeny' ? 'explicit' : 'implicit'} deny by ${kind} policy`
  const statement = decider && {
    policy_id: decider.grantId,
    policy_name: decider.grantName,
    statement: decider.statement + 1,
    sid: decider.sid,
  }
  return JSON.stringify({ context: fitting(values), failure, ...(statement ? { statement } : {}) })
}

function fitting(values: ContextValues): Record<string, unknown> {
  const fitted: Record<string, unknown> = {}
  let left = MOST_CONTEXT_CHARACTERS
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue
    const length = key.length + JSON.stringify(value).length
    const isShort = length <= MOST_VALUE_CHARACTERS + key.length && length <= left
    if (!isShort) continue
    fitted[key] = value
    left -= length
  }
  return fitted
}

/** Sealed for the account: nobody reads it there without permission, and in no other account. */
export function sealMessage({ tokens }: Pick<Keyring, 'tokens'>, accountId: string, message: string): string {
  return tokens.seal(message, contextOf(accountId))
}

/** Undefined for what is no message of this account. */
export async function openMessage(keyring: Keyring, accountId: string, sealed: string): Promise<string | undefined> {
  if (!keyring.isKnown(sealed)) await keyring.reload()
  try {
    return keyring.tokens.open(sealed, contextOf(accountId))
  } catch {
    return undefined
  }
}

function contextOf(accountId: string): string {
  return `iam.authorization_message ${accountId}`
}
