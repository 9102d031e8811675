import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { Compile } from 'typebox/compile'
import {
  CA_PATH,
  ENROL_PATH,
  type EnrolRequest,
  EnrolResponse,
  JoinToken,
  parseJoinToken,
} from '../../contract/agent/enrolment.ts'
import type { Identity, Journal } from '../journal/journal.ts'
import type { Log } from '../log.ts'
import { AGENT_VERSION } from '../version.ts'
import { callHttps } from './https.ts'
import { newPrivateKey, publicKeyOf } from './keys.ts'

const MAX_REFUSAL_CHARS = 200
const CheckedToken = Compile(JoinToken)
const CheckedResponse = Compile(EnrolResponse)

/** Trying again with the same token is no use. */
export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError'
}

/**
 * Makes this host a known agent of one server. The key is in the journal before it is registered, so a repeat after a
 * crash offers the same one.
 */
export async function enrol(tokenText: string, journal: Journal, log: Log): Promise<Identity> {
  const token = requireToken(tokenText)
  const former = await journal.loadIdentity()
  if (former?.enrolled) {
    throw new EnrolmentError(`already enrolled as server ${former.server_id}; use another state directory`)
  }
  const { host, port, server_id } = token
  const ca_pem = await fetchCa(token)
  const isRepeat = former?.server_id === server_id && former.ca_pem === ca_pem
  const private_key_pem = isRepeat ? former.private_key_pem : newPrivateKey()
  const pending: Identity = { server_id, host, port, ca_pem, private_key_pem, enrolled: false }
  await journal.saveIdentity(pending)
  await register(token, pending)
  const identity = { ...pending, enrolled: true }
  await journal.saveIdentity(identity)
  log('info', 'enrolled', { server_id, host, port })
  return identity
}

function requireToken(text: string): JoinToken {
  const token = parseJoinToken(text.trim())
  if (!CheckedToken.Check(token)) throw new EnrolmentError('this is no join token; was it copied whole?')
  return token
}

/** Fetched from anybody who answers, trusted only when it is the one that the token names. */
async function fetchCa({ host, port, ca_sha256 }: JoinToken): Promise<string> {
  const { status, body } = await callHttps({ host, port, method: 'GET', path: CA_PATH, body: undefined, ca: undefined })
  if (status !== 200) throw refusal(status, 'instead of its certificate')
  const certificate = parseCertificate(body)
  const actual = createHash('sha256').update(certificate.raw).digest()
  if (!timingSafeEqual(actual, Buffer.from(ca_sha256, 'hex'))) {
    throw new EnrolmentError(
      `the certificate of ${host}:${port} is not the one the join token names; is somebody between?`,
    )
  }
  // Re-encoded, so that nothing but the compared certificate gets into the trust store.
  return certificate.toString()
}

/** A control plane in trouble may be asked again, a refusal stays one. */
function refusal(status: number, to: string): Error {
  const message = `the control plane answered ${status} ${to}`
  return status >= 500 ? new Error(message) : new EnrolmentError(message)
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new EnrolmentError('the control plane answered with something that is no certificate', { cause })
  }
}

async function register({ host, port, secret }: JoinToken, { server_id, private_key_pem, ca_pem }: Identity) {
  const request: EnrolRequest = {
    server_id,
    secret,
    public_key: publicKeyOf(private_key_pem),
    agent_version: AGENT_VERSION,
  }
  const body = JSON.stringify(request)
  const answer = await callHttps({ host, port, method: 'POST', path: ENROL_PATH, body, ca: ca_pem })
  if (answer.status !== 200) {
    throw refusal(answer.status, `to the enrolment: ${answer.body.slice(0, MAX_REFUSAL_CHARS)}`)
  }
  const response = parseResponse(answer.body)
  if (response?.server_id !== server_id) throw new EnrolmentError('the control plane confirmed another server')
}

function parseResponse(text: string): EnrolResponse | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return CheckedResponse.Check(value) ? value : undefined
  } catch {
    return undefined
  }
}
