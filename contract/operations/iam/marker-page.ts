import { Type } from 'typebox'

/** Pages of the identity-policy generation: a marker says where the next one begins. */

export const MarkerQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100, description: 'Entries per page.' })),
  marker: Type.Optional(
    Type.String({
      minLength: 4,
      maxLength: 400,
      pattern: '^[A-Za-z0-9+/=_-]+$',
      description: 'next_marker of the page before.',
    }),
  ),
}

export const PageInfo = Type.Object({
  next_marker: Type.Optional(Type.String({ description: 'Absent on the last page.' })),
  current_count: Type.Integer(),
})
