import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '#kernel'
import { type OutsideToken, readOwnToken, readValidation } from './answer.ts'
import type { OutsideConfig, OutsideCredential } from './config.ts'
import { createExchange, type Exchange, LIMITS, type Limits, OutsideFailure } from './exchange.ts'
import { createOwnTokens } from './own-token.ts'

/** An identity service outside, as far as tokens go. */
export interface OutsideIdentity {
  /** What it says about a token; undefined when it does not take it. Throws `OutsideFailure` when it says nothing sure. */
  validate(token: string): Promise<OutsideToken | undefined>
}

const TOKENS = '/v3/auth/tokens?nocatalog=true'

/** OpenStack Keystone and what speaks as it does, over HTTP (IAM reference, sections 1.1 and 1.2). */
export function createKeystone(config: OutsideConfig, clock: Clock, limits: Limits = LIMITS): OutsideIdentity {
  const exchange = createExchange(config.url, readCa(config.caFile), limits)
  const own = createOwnTokens(clock, () => login(exchange, config.credential, clock))
  const ask = (caller: string, subject: string) =>
    exchange({ method: 'GET', target: TOKENS, headers: { 'X-Auth-Token': caller, 'X-Subject-Token': subject } })

  return {
    validate: async (subject) => {
      const caller = await own.require()
      const answer = await ask(caller, subject)
      if (answer.status !== 401) return readValidation(answer, subject, clock.now())
      // it is about our own token: of the other one it would say 404
      own.forget(caller)
      const renewed = await own.require()
      if (renewed === caller) throw new OutsideFailure("it refuses the control plane's own new token", false)
      return readValidation(await ask(renewed, subject), subject, clock.now())
    },
  }
}

async function login(exchange: Exchange, credential: OutsideCredential, clock: Clock) {
  const body = JSON.stringify({ auth: authOf(credential) })
  const headers = { 'Content-Type': 'application/json' }
  return readOwnToken(await exchange({ method: 'POST', target: TOKENS, headers, body }), clock.now())
}

function authOf(credential: OutsideCredential): object {
  if (credential.kind === 'application_credential') {
    const { id, secret } = credential
    return { identity: { methods: ['application_credential'], application_credential: { id, secret } } }
  }
  const { user: name, userDomain, password, project } = credential
  const user = { name, password, domain: { name: userDomain } }
  const scope = project
    ? { project: { name: project.name, domain: { name: project.domain } } }
    : { domain: { name: userDomain } }
  return { identity: { methods: ['password'], password: { user } }, scope }
}

/** Throws a sentence that names the option when there is no certificate. */
function readCa(path: string | null): string | undefined {
  if (path === null) return undefined
  try {
    const pem = readFileSync(path, 'utf8')
    new X509Certificate(pem)
    return pem
  } catch (error) {
    throw new Error(`--outside-iam-ca must be a file with certificates in PEM form, not '${path}'`, { cause: error })
  }
}
