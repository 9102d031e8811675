import { type Static, Type } from 'typebox'
import { Ip } from '../ip.ts'
import { DesiredState } from './desired-state.ts'

/**
 * The agent link: one WebSocket over TLS, JSON text frames of at most 64 KiB.
 *
 *   control                          agent
 *     challenge {nonce}        →
 *                              ←       hello {server_id, boot_id, …, signature}
 *     welcome {}               →                 (the hello is taken; from here on the agent may report)
 *     maintenance {…}          →                 (to those who know it: after the welcome, and again on every change)
 *     upgrade {…}              →                 (to those who know it: while their upgrade is under way)
 *     desired {DesiredState}   →                 (if there is one, and again on every change)
 *                              ←       observed {seq, generation, …}   (after apply, and when sessions change)
 *                              ←       sessions {seq, …}               (what did not fit into observed, until all are named)
 *     logoff {session_id, …}   →                 (to those who know it: one a session that is to end, until it is reported no more)
 *                              ←       metrics {values}                (about once a minute)
 *
 * Liveness is WebSocket ping/pong, from both sides. A frame that does not fit its schema, names another server,
 * repeats or lowers `seq`, or reports a generation never sent is refused, logged and ends the connection.
 */
const ServerId = Type.String({ minLength: 1, maxLength: 128 })
const BootId = Type.String({ minLength: 1, maxLength: 64 })
const Generation = Type.Integer({ minimum: 0 })

export const Challenge = Type.Object(
  { type: Type.Literal('challenge'), nonce: Type.String({ minLength: 32, maxLength: 128 }) },
  { additionalProperties: false },
)
export type Challenge = Static<typeof Challenge>

export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    server_id: ServerId,
    boot_id: BootId,
    agent_version: Type.String({ minLength: 1, maxLength: 64 }),
    /** Last generation this host applied, 0 when none. */
    applied_generation: Generation,
    /** Frames beyond the first version of the link that this agent understands; an agent is sent no other. */
    features: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 32 }), { maxItems: 16 })),
    /** base64url Ed25519 signature over `helloText(…)`. */
    signature: Type.String({ minLength: 64, maxLength: 128 }),
  },
  { additionalProperties: false },
)
export type Hello = Static<typeof Hello>

/** Comes also to a server that nothing was ever desired of: a link may be idle from its first moment. */
export const Welcome = Type.Object({ type: Type.Literal('welcome') }, { additionalProperties: false })
export type Welcome = Static<typeof Welcome>

export const Desired = Type.Object(
  { type: Type.Literal('desired'), desired: DesiredState },
  { additionalProperties: false },
)
export type Desired = Static<typeof Desired>

/** No database holds a NUL. */
export const NO_NUL = '^[^\\u0000]*$'

/** Frames that came after the first version of the link. */
export const FEATURES = ['maintenance', 'upgrade', 'logoff'] as const
export type Feature = (typeof FEATURES)[number]

/**
 * Whether the server has the maintenance mark: then it takes no new sessions, and those it has go on. A level of its own
 * beside `desired`, without a generation: it neither waits for an update that is under way nor disturbs it.
 */
export const Maintenance = Type.Object(
  { type: Type.Literal('maintenance'), maintain_status: Type.Boolean() },
  { additionalProperties: false },
)
export type Maintenance = Static<typeof Maintenance>

/**
 * The agent shall be of this version: it ends, so that its supervisor starts what is installed, once for each `id`. Sent
 * again on every connection while the upgrade is under way.
 */
export const Upgrade = Type.Object(
  {
    type: Type.Literal('upgrade'),
    id: Type.String({ minLength: 1, maxLength: 64 }),
    target_version: Type.String({ minLength: 1, maxLength: 64 }),
  },
  { additionalProperties: false },
)
export type Upgrade = Static<typeof Upgrade>

export const SessionState = Type.Object(
  {
    session_id: Type.String({ minLength: 1, maxLength: 64, pattern: NO_NUL }),
    user_name: Type.String({ minLength: 1, maxLength: 64, pattern: NO_NUL }),
    uid: Type.Integer({ minimum: 0 }),
    virtual_ip: Ip,
    started_at: Type.String({ format: 'date-time' }),
    /** Where the user's client connects from, if whoever started the session said so. */
    client_ip: Type.Optional(Ip),
  },
  { additionalProperties: false },
)
export type SessionState = Static<typeof SessionState>

export const Probe = Type.Object(
  {
    address: Ip,
    /** The address the far end saw, null when no answer came. */
    seen: Type.Union([Type.Null(), Type.String({ maxLength: 64 })]),
    detail: Type.String({ maxLength: 512 }),
  },
  { additionalProperties: false },
)
export type Probe = Static<typeof Probe>

export const Observed = Type.Object(
  {
    type: Type.Literal('observed'),
    /** Grows by at least one with every frame of this connection, from 1. */
    seq: Type.Integer({ minimum: 1 }),
    server_id: ServerId,
    boot_id: BootId,
    /** The generation this report is about: applied when `error` is null. */
    generation: Generation,
    error: Type.Union([Type.Null(), Type.String({ minLength: 1, maxLength: 1024 })]),
    probe: Type.Union([Type.Null(), Probe]),
    /** How many sessions the host has. */
    session_count: Type.Integer({ minimum: 0, maximum: 1024 }),
    /** The sessions, as many as fit into the frame; the others follow in frames `sessions`. */
    sessions: Type.Array(SessionState, { maxItems: 1024 }),
  },
  { additionalProperties: false },
)
export type Observed = Static<typeof Observed>

/** Goes on with the list of the last `observed` of this connection, until that names as many as it counts. */
export const Sessions = Type.Object(
  {
    type: Type.Literal('sessions'),
    seq: Type.Integer({ minimum: 1 }),
    server_id: ServerId,
    boot_id: BootId,
    sessions: Type.Array(SessionState, { minItems: 1, maxItems: 1024 }),
  },
  { additionalProperties: false },
)
export type Sessions = Static<typeof Sessions>

/** An order to end one session. A level: it is sent until the session is reported no more, and repeating it is harmless. */
export const Logoff = Type.Object(
  {
    type: Type.Literal('logoff'),
    session_id: Type.String({ minLength: 1, maxLength: 64 }),
    /** As it was reported: a later session of the same id is another one. */
    started_at: Type.String({ format: 'date-time' }),
    /** From now. */
    delay_seconds: Type.Integer({ minimum: 0, maximum: 999_999 }),
    /** What the user is told; nothing when both texts are empty. */
    severity: Type.Integer({ minimum: 0, maximum: 4 }),
    title: Type.String({ maxLength: 255 }),
    message: Type.String({ maxLength: 255 }),
  },
  { additionalProperties: false },
)
export type Logoff = Static<typeof Logoff>

export const LINK_PATH = '/agent/v1/link'
export const MAX_FRAME_BYTES = 65536

/** What the agent signs: the fresh nonce ties the hello to this connection, the rest ties it to this boot. */
export function helloText(nonce: string, hello: Pick<Hello, 'server_id' | 'boot_id' | 'applied_generation'>): string {
  return ['berth-link-v1', nonce, hello.server_id, hello.boot_id, String(hello.applied_generation)].join('\n')
}
