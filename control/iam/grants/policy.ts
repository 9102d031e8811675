import { randomUUID } from 'node:crypto'
import type { PolicyModel } from '#db'

/** A policy of either model with the document that is in force: that of its default version. */
export interface Policy {
  readonly id: string
  /** Null for those of the system. */
  readonly domainId: string | null
  readonly model: PolicyModel
  readonly name: string
  readonly displayName: string
  readonly type: DisplayMode
  readonly catalog: string
  readonly path: string
  readonly description: string
  readonly descriptionCn: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
  /** The text that its author wrote. */
  readonly document: string
}

/** Where a role is shown: the account, its projects, both or neither (IAM reference, section 3.2). */
export type DisplayMode = 'AX' | 'XA' | 'AA' | 'XX'

/** 32 hexadecimal digits, as all ids of IAM. */
export function newId(): string {
  return randomUUID().replaceAll('-', '')
}

/** IAM reference, section 3.3: the account of what belongs to the system is `system`. */
export function policyUrn({ domainId, path, name }: Pick<Policy, 'domainId' | 'path' | 'name'>): string {
  return `iam::${domainId ?? 'system'}:policy:${path}${name}`
}

/** `v3` of 3. */
export function renderVersionId(version: number): string {
  return `v${version}`
}

/** 3 of `v3`; the contract has checked the form. */
export function parseVersionId(versionId: string): number {
  return Number(versionId.slice(1))
}
