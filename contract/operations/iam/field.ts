import { Type } from 'typebox'
import { IAM_CALLER_ERRORS, type Permission } from '../../operation.ts'

/** Fields and errors that the operations of IAM share; lengths and patterns are those of the published definitions. */

export const Id = Type.String({ minLength: 1, maxLength: 128 })
export const Text255 = Type.String({ maxLength: 255 })

/** What the newer generation allows in a description. */
export const PlainText = Type.String({ maxLength: 255, pattern: '^[^@#%&<>\\\\$^*]*$' })

export const Self = Type.Object({ self: Type.String() })

export const Links = Type.Object({
  self: Type.String(),
  previous: Type.Union([Type.Null(), Type.String()]),
  next: Type.Union([Type.Null(), Type.String()]),
})

/** UTC, RFC 3339 with milliseconds, as the newer generation prints instants. */
export const Instant = Type.String({ description: 'UTC, RFC 3339 with milliseconds.' })

/** UTC with six fractional digits, as the older generation prints instants. */
export const Micros = Type.String({ description: 'UTC with six fractional digits.' })

export const Urn = Type.String()

export const Tags = Type.Array(Type.Object({ tag_key: Type.String(), tag_value: Type.String() }))

export const WRITE_ERRORS = [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.not_found'] as const
export const READ_ERRORS = [...IAM_CALLER_ERRORS, 'iam.not_found'] as const

/** A row of the published list of actions; those of IAM have neither condition keys nor dependencies. */
export function action<const A extends string>(
  name: A,
  level: Permission['level'],
  resource: Permission['resource'],
): Permission & { readonly action: A } {
  return { action: name, level, resource, conditionKeys: [], dependencies: [] }
}
