import { type TSchema, Type } from 'typebox'

/** Fields that several operations share; lengths and patterns from the contract, section 1. */

export const ProjectParams = Type.Object({
  project_id: Type.String({ minLength: 1, maxLength: 128, description: 'Project of the call.' }),
})

export const Offset = Type.Optional(
  Type.Integer({ minimum: 0, maximum: 2147483647, default: 0, description: 'Number of entries to skip.' }),
)
export const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Entries per page.' }),
)

export const NoQuery = Type.Object({})

/** `yyyy-MM-ddTHH:mm:ss.SSSZ` */
export const DateTime = Type.String({ format: 'date-time', description: 'UTC, RFC 3339 with milliseconds.' })

/** Marks a member that nobody but us has: `x-berth: true` in the document. It has to be optional for clients. */
export function addition<T extends TSchema>(schema: T): T {
  return Object.create(Object.getPrototypeOf(schema), {
    ...Object.getOwnPropertyDescriptors(schema),
    'x-berth': { value: true, enumerable: true },
  })
}
