import { Type } from 'typebox'
import type { Permission } from '../../operation.ts'

/** An id of something of IAM: a user, a group, an agency, a policy. */
export const Id = Type.String({ pattern: '^[a-zA-Z0-9-]{1,64}$' })

/** Projects and accounts may come from outside, with ids of another form. */
export const OutsideId = Type.String({ minLength: 1, maxLength: 128 })

export const PolicyParams = Type.Object({ policy_id: Id })

export const Document = Type.String({
  minLength: 1,
  description:
    'The document as JSON text of up to 131072 characters, Version 5.0; kept and answered as it was written.',
})

export const PolicyPath = Type.String({
  maxLength: 512,
  pattern: '^([A-Za-z0-9.,+@=_-]+/)*$',
  description: 'Segments that end with a slash, such as `teams/blue/`.',
})

/** What an operation on identity policies needs; most are about one policy. */
export function policyPermission(
  operation: string,
  level: Permission['level'],
  resource: Permission['resource'] = 'policy',
): Permission {
  return { action: `iam:policies:${operation}`, level, resource, conditionKeys: [], dependencies: [] }
}
