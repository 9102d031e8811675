import { parse } from 'secure-json-parse'
import Type, { type Static, type TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { ExternalIdentity } from '../principal.ts'
import { type Answer, OutsideFailure } from './exchange.ts'

/** Ids become rows, parts of URNs and of paths: letters, digits, dashes and underscores. */
const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
const Name = Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]{1,255}$' })
const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$' })
const Domain = Type.Object({ id: Id, name: Name })

/** A token in the form of Keystone's API v3 (IAM reference, section 1.1). Members that mean nothing here may be there. */
const TokenBody = Type.Object({
  token: Type.Object({
    issued_at: Instant,
    expires_at: Instant,
    // federated users may have any id
    user: Type.Object({ id: Name, name: Name, domain: Domain }),
    project: Type.Optional(Type.Object({ id: Id, name: Name, domain: Domain })),
    domain: Type.Optional(Domain),
    roles: Type.Optional(Type.Array(Type.Object({ name: Name }), { maxItems: 1000 })),
  }),
})
const tokenBody = Compile(TokenBody)

const OwnBody = Type.Object({ token: Type.Object({ expires_at: Instant }) })
const ownBody = Compile(OwnBody)

/** What the service outside says about a token that it knows. */
export interface OutsideToken extends ExternalIdentity {
  readonly project: { readonly id: string; readonly name: string } | null
  /** As they are called there. */
  readonly roles: readonly string[]
  readonly expiresAt: Date
}

/**
 * Reads the answer to a validation: undefined when the service does not know the token, or it has expired, or it is
 * for neither a project nor a domain. Throws when the answer is none, or is about another token.
 */
export function readValidation(answer: Answer, subject: string, now: Date): OutsideToken | undefined {
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new OutsideFailure(`it answered a validation with status ${answer.status}`, false)
  if (answer.headers['x-subject-token'] !== subject) {
    throw new OutsideFailure('it answered a validation without repeating the token', false)
  }
  const { token } = readBody(tokenBody, answer.text)
  const scope = token.project?.domain ?? token.domain
  const expiresAt = instantOf(token.expires_at)
  if (scope === undefined || expiresAt <= now) return undefined
  return {
    userId: token.user.id,
    userName: token.user.name,
    userDomainId: token.user.domain.id,
    domainId: scope.id,
    domainName: scope.name,
    projectId: token.project?.id ?? null,
    project: token.project ? { id: token.project.id, name: token.project.name } : null,
    roles: (token.roles ?? []).map(({ name }) => name),
    issuedAt: instantOf(token.issued_at),
    expiresAt,
  }
}

/** The control plane's own token outside. */
export interface OwnToken {
  readonly text: string
  readonly expiresAt: Date
}

/** Reads the answer to the request for the control plane's own token. */
export function readOwnToken(answer: Answer, now: Date): OwnToken {
  if (answer.status === 401) throw new OutsideFailure('it refuses the credential of the control plane', false)
  if (answer.status !== 201) throw new OutsideFailure(`it answered a login with status ${answer.status}`, false)
  const text = answer.headers['x-subject-token']
  if (typeof text !== 'string' || !isTokenText(text)) throw new OutsideFailure('its login gave no token', false)
  const expiresAt = instantOf(readBody(ownBody, answer.text).token.expires_at)
  if (expiresAt <= now) throw new OutsideFailure('its login gave a token that has expired: compare the clocks', false)
  return { text, expiresAt }
}

const TOKEN_TEXT = /^[\x21-\x7e]{16,16384}$/

/** Whether a text may be a token of anybody: what is not is no header either. */
export function isTokenText(text: string): boolean {
  return TOKEN_TEXT.test(text)
}

function instantOf(text: string): Date {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new OutsideFailure('it answered with an instant that does not exist', false)
  return at
}

function readBody<T extends TSchema>(validator: Validator<Record<never, never>, T>, text: string): Static<T> {
  const value = readJson(text)
  if (validator.Check(value)) return value as Static<T>
  const [first] = validator.Errors(value)
  throw new OutsideFailure(`it answered with an unknown form: ${first?.instancePath || '/'} ${first?.message}`, false)
}

function readJson(text: string): unknown {
  try {
    return parse(text, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    // the parser's sentence would quote what may be anything
    throw new OutsideFailure('it answered with no JSON', false)
  }
}
