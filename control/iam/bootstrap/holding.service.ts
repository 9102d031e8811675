import { deleteAttachment, insertAttachment } from '../grants/attachment.store.ts'
import { listAttachments } from '../grants/attachment.view.ts'
import type { Policy } from '../grants/policy.ts'
import type { SubjectKind } from '../grants/subject.view.ts'
import { type AccountApplication, refuse } from './application.ts'
import type { Place } from './parse.ts'

/** Somebody of the file, with what the file says it has. */
export interface Holder {
  readonly kind: SubjectKind
  readonly id: string
  readonly name: string
  readonly place: Place
  readonly policies: readonly string[] | undefined
}

/** Identity policies: who is listed with some has exactly those. */
export async function applyAttachments(
  application: AccountApplication,
  holders: readonly Holder[],
  policies: readonly Policy[],
): Promise<void> {
  const { trx, account } = application
  const saying = holders.filter((holder) => holder.policies !== undefined)
  if (saying.length === 0) return
  const attachments = await listAttachments(trx, account.id)
  for (const holder of saying) {
    const own = attachments.filter(({ kind, subjectId }) => kind === holder.kind && subjectId === holder.id)
    const attached = own.map(({ policyId }) => policyId)
    await applyAttachmentsOf(application, holder, attached, policies)
  }
}

async function applyAttachmentsOf(
  { trx, at, account, changes, ...rest }: AccountApplication,
  { kind, id: subjectId, name, place, policies: names = [] }: Holder,
  attached: readonly string[],
  policies: readonly Policy[],
): Promise<void> {
  const wanted = new Map<string, string>()
  for (const [index, policy] of names.entries()) {
    const identity = policies.find((one) => one.model === 'identity' && one.name === policy)
    if (!identity) refuse(rest, [...place, 'policies', index], whyNone(account.name, policy, policies))
    wanted.set(identity.id, policy)
  }
  const holder = `${kind} ${account.name}/${name}`
  for (const [policyId, policy] of wanted) {
    if (attached.includes(policyId)) continue
    await insertAttachment(trx, { policyId, kind, subjectId }, at)
    changes.push(`attached policy ${policy} to ${holder}`)
  }
  for (const policyId of attached.filter((one) => !wanted.has(one))) {
    await deleteAttachment(trx, { policyId, kind, subjectId })
    changes.push(`detached policy ${policies.find(({ id }) => id === policyId)?.name ?? policyId} from ${holder}`)
  }
}

function whyNone(account: string, name: string, policies: readonly Policy[]): string {
  const isClassic = policies.some((one) => one.model !== 'identity' && one.displayName === name)
  if (isClassic) return `${name} is no identity policy but one of the older model; say it under grants, with a place`
  return `${account} has no identity policy ${name}`
}
