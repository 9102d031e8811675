import { type Static, Type } from 'typebox'

/**
 * Enrolment: the operator hands the host one join token. The agent fetches the CA certificate over unverified TLS,
 * compares its SHA-256 with the one in the token, and from then on trusts nothing else; then it registers the public
 * half of a key it made itself. The secret in the token works once and expires.
 */
export const JoinToken = Type.Object(
  {
    /** Host and port of the agent listener. */
    host: Type.String({ minLength: 1, maxLength: 255 }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    server_id: Type.String({ minLength: 1, maxLength: 128 }),
    secret: Type.String({ minLength: 43, maxLength: 64 }),
    /** Hex SHA-256 of the DER form of the CA certificate. */
    ca_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type JoinToken = Static<typeof JoinToken>

const PREFIX = 'berth-join-1.'

/** One line of text to paste: prefix and base64url of the JSON. */
export function renderJoinToken(token: JoinToken): string {
  return PREFIX + Buffer.from(JSON.stringify(token), 'utf8').toString('base64url')
}

/** Returns the fields unchecked (validate with `JoinToken`), or undefined when the text is no join token at all. */
export function parseJoinToken(text: string): unknown {
  if (!text.startsWith(PREFIX)) return undefined
  try {
    return JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

export const CA_PATH = '/agent/v1/ca'
export const ENROL_PATH = '/agent/v1/enrol'

/** `GET CA_PATH` answers 200 `application/x-pem-file` with the CA certificate. */
export const EnrolRequest = Type.Object(
  {
    server_id: Type.String({ minLength: 1, maxLength: 128 }),
    secret: Type.String({ minLength: 43, maxLength: 64 }),
    /** base64url of the 32 raw bytes of an Ed25519 public key. */
    public_key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}=?$' }),
    agent_version: Type.String({ minLength: 1, maxLength: 64 }),
  },
  { additionalProperties: false },
)
export type EnrolRequest = Static<typeof EnrolRequest>

/** 200 on success; 403 `{error}` for an unknown, used or expired secret: one answer for all three. */
export const EnrolResponse = Type.Object({ server_id: Type.String() })
export type EnrolResponse = Static<typeof EnrolResponse>
