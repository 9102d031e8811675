import { Type } from 'typebox'

/** An IP address in text form, no prefix length. */
export const Ip = Type.Union([Type.String({ format: 'ipv4' }), Type.String({ format: 'ipv6' })])
