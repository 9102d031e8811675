import type { Operator } from './operator.ts'
import type { Version } from './version.ts'

/** What a document is attached as. Roles and policies are the older model, identity policies the newer one. */
export const POLICY_KINDS = ['role', 'policy', 'identity', 'session', 'scp'] as const
export type PolicyKind = (typeof POLICY_KINDS)[number]

export type Effect = 'Allow' | 'Deny'

/** One key of one operator of a Condition, with its values as text. */
export interface Condition {
  readonly operator: Operator
  readonly key: string
  readonly values: readonly string[]
}

/** `Action` and `Resource`, or inverted: `NotAction` and `NotResource`. */
export interface Names {
  readonly patterns: readonly string[]
  readonly inverted: boolean
  /** The patterns are of ids of agencies, not of URNs. */
  readonly ofAgencyIds?: true
}

export interface Statement {
  readonly effect: Effect
  readonly sid: string | null
  readonly action: Names
  /** Null when the statement says nothing about resources. */
  readonly resource: Names | null
  readonly conditions: readonly Condition[]
  /**
   * False when a stored statement says something that this version does not know. Then an Allow never matches, and a
   * Deny matches as if the unknown part held.
   */
  readonly understood: boolean
}

/** Another role that must be granted where this one is. */
export interface Dependency {
  readonly catalog: string
  readonly displayName: string
}

/** A policy document as it was read: one shape for both grammars. */
export interface Document {
  readonly version: Version
  readonly statements: readonly Statement[]
  readonly depends: readonly Dependency[]
}
