import type { PolicyKind } from './document.ts'
import type { Version } from './version.ts'

/** What can be wrong with a document. */
export type Problem =
  | 'object'
  | 'length'
  | 'version'
  | 'statement'
  | 'statements'
  | 'effect'
  | 'actionTwice'
  | 'actionMissing'
  | 'actions'
  | 'actionLength'
  | 'actionForm'
  | 'resourceUris'
  | 'resources'
  | 'uri'
  | 'segments'
  | 'segment'
  | 'conditions'
  | 'condition'
  | 'operator'
  | 'attributes'
  | 'key'
  | 'values'
  | 'valueLength'
  | 'value'
  | 'depends'
  | 'unknown'

export interface Grammar {
  /** Codes of the IAM reference, section 4.3. */
  readonly codes: Readonly<Record<Problem, string>>
  readonly isClassic: boolean
  readonly mostCharacters: number
  readonly mostStatements: number
  readonly mostActions: number
  readonly mostActionCharacters: number
  readonly mostResources: number
  readonly mostResourceCharacters: number
  readonly mostConditions: number
  readonly mostAttributes: number
  readonly mostValueCharacters: number
}

/** IAM reference, section 3.1, left column. */
const CLASSIC: Grammar = {
  codes: {
    object: 'IAM.1020',
    length: 'IAM.1021',
    version: 'IAM.1026',
    statement: 'IAM.1027',
    statements: 'IAM.1028',
    effect: 'IAM.1029',
    actionTwice: 'IAM.1030',
    actionMissing: 'IAM.1031',
    actions: 'IAM.1033',
    actionLength: 'IAM.1034',
    actionForm: 'IAM.1035',
    resourceUris: 'IAM.1037',
    resources: 'IAM.1040',
    uri: 'IAM.1042',
    segments: 'IAM.1043',
    segment: 'IAM.1044',
    conditions: 'IAM.1050',
    condition: 'IAM.1051',
    operator: 'IAM.1052',
    attributes: 'IAM.1053',
    key: 'IAM.1054',
    values: 'IAM.1055',
    valueLength: 'IAM.1056',
    value: 'IAM.1057',
    depends: 'IAM.1058',
    unknown: 'IAM.1059',
  },
  isClassic: true,
  mostCharacters: 6_144,
  mostStatements: 8,
  mostActions: 100,
  mostActionCharacters: 128,
  mostResources: 10,
  mostResourceCharacters: 1_500,
  mostConditions: 10,
  mostAttributes: 10,
  mostValueCharacters: 1_024,
}

const BODY = 'IAM.0011'
const REQUIRED = 'IAM.0072'
const FIELD = 'IAM.0073'
const PARAMETER = 'IAM.0007'

/** The right column. Its documents have a length and no other limit, and no codes of their own. */
const IDENTITY: Grammar = {
  codes: {
    object: BODY,
    length: PARAMETER,
    version: PARAMETER,
    statement: REQUIRED,
    statements: REQUIRED,
    effect: PARAMETER,
    actionTwice: FIELD,
    actionMissing: REQUIRED,
    actions: PARAMETER,
    actionLength: PARAMETER,
    actionForm: PARAMETER,
    resourceUris: PARAMETER,
    resources: PARAMETER,
    uri: PARAMETER,
    segments: PARAMETER,
    segment: PARAMETER,
    conditions: PARAMETER,
    condition: PARAMETER,
    operator: PARAMETER,
    attributes: PARAMETER,
    key: PARAMETER,
    values: PARAMETER,
    valueLength: PARAMETER,
    value: PARAMETER,
    depends: FIELD,
    unknown: FIELD,
  },
  isClassic: false,
  mostCharacters: 131_072,
  mostStatements: Number.POSITIVE_INFINITY,
  mostActions: Number.POSITIVE_INFINITY,
  mostActionCharacters: Number.POSITIVE_INFINITY,
  mostResources: Number.POSITIVE_INFINITY,
  mostResourceCharacters: Number.POSITIVE_INFINITY,
  mostConditions: Number.POSITIVE_INFINITY,
  mostAttributes: Number.POSITIVE_INFINITY,
  mostValueCharacters: Number.POSITIVE_INFINITY,
}

export function grammarOf(version: Version): Grammar {
  return version === '5.0' ? IDENTITY : CLASSIC
}

/** The versions that a document of this kind may be written in, and the code for any other. */
export const WRITABLE: Readonly<Record<PolicyKind, { readonly versions: readonly Version[]; readonly code: string }>> =
  {
    role: { versions: ['1.0', '1.1'], code: 'IAM.1026' },
    policy: { versions: ['1.1'], code: 'IAM.1024' },
    identity: { versions: ['5.0'], code: PARAMETER },
    session: { versions: ['1.1', '5.0'], code: PARAMETER },
    scp: { versions: ['5.0'], code: PARAMETER },
  }

/** A name of an identity policy, and how many versions of its document are kept: section 3.1. */
export const POLICY_NAME = /^[A-Za-z0-9_+=.@-]{1,128}$/
export const MOST_POLICY_VERSIONS = 5

/** Roles that a role may depend on. */
export const MOST_DEPENDENCIES = 20
/** Of the form `{"uri": […]}`. */
export const MOST_URIS = 20

/**
 * Of a session policy, in all its conditions: anybody may write one for its own temporary key, and chooses much of what
 * it is compared with. As many characters as the older grammar has for a whole document.
 */
export const MOST_SESSION_VALUES = 100
export const MOST_SESSION_VALUE_CHARACTERS = 6_144
