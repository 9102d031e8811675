import { Type } from 'typebox'
import { BODY_ERRORS } from '../../operation.ts'

/** `yyyy-MM-ddTHH:mm:ssZ` */
export const Seconds = Type.String({ format: 'date-time', description: 'UTC, RFC 3339, whole seconds.' })

export const SESSION_STATES = ['Active', 'Disconnected', 'AppcInit', 'SignedOut', 'InitFail'] as const
export type SessionState = (typeof SESSION_STATES)[number]

const anyState = `(${SESSION_STATES.join('|')})`

export const SessionStates = Type.String({
  maxLength: 256,
  pattern: `^(${anyState}(,${anyState})*)?$`,
  description: `Any of ${SESSION_STATES.join(', ')}, separated by commas; empty for all.`,
})

/** A Linux host has no Windows SID: this is what ListServers gives as the one of the server, which is its id. */
export const ServerSid = Type.String({ description: 'The sid that ListServers shows of the server.' })

/** Operations on sessions have a status of their own for a body of another type (decision 0002). */
export const SESSION_BODY_ERRORS = [
  ...BODY_ERRORS.filter((word) => word !== 'http.content_type'),
  'http.media_type',
] as const

/** What is wanted of a text member; empty filters nothing. */
export function wanted(maxLength: number, description?: string) {
  return Type.Optional(Type.String({ maxLength, ...(description === undefined ? {} : { description }) }))
}

/** `2026-03-02T08:15:30Z`, with or without a fraction; `2026-03-02 08:15:30` is UTC as well. */
export const Instant = Type.String({ maxLength: 32, description: 'RFC 3339, or yyyy-MM-dd HH:mm:ss in UTC.' })

export const IsSuccess = Type.Enum(['true', 'false'], { description: 'Sessions that began, or those that could not.' })

/** Who uses the clients of the cloud never reads it. */
export const VirtualIp = Type.String({
  'x-berth': true,
  description: 'The address the session has in the network; empty without one.',
})

const CLIENT = {
  client_ip: Type.Optional(Type.String({ description: 'Only when whoever started the session told the agent.' })),
  vm_ip: Type.String({ description: 'Address of the server.' }),
  agent_version: Type.String(),
  failed_code: Type.String(),
  tenant_id: Type.String({ description: 'The project.' }),
}

/** What all records of sessions and connections have. */
export const RECORD = { id: Type.String({ pattern: '^[0-9a-f]{32}$' }), machine_name: Type.String(), ...CLIENT }
