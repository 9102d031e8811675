import assert from 'node:assert/strict'
import type { Site } from '../support/site.ts'

/** The two tokens of a provider that was given a password, each for what its scope is good for. */
export interface Tokens {
  readonly project: string
  readonly domain: string
  /** The project that the token names: all calls go there. */
  readonly projectId: string
}

interface TokenBody {
  readonly token: {
    readonly expires_at: string
    readonly project?: { readonly id: string; readonly domain: { readonly id: string } }
  }
}

/** Logs in as the provider does with `user_name`, `password`, `domain_name` and `region` (contract 9.1, step 1'). */
export async function passwordLogin({ endpoint, world }: Site): Promise<Tokens> {
  const domain = { name: world.domain.name }
  const login = (scope: object) =>
    tokenOf(endpoint, { name: world.user.name, password: world.user.password, domain }, scope)
  const project = await login({ project: { name: world.project.name, domain } })
  const account = await login({ domain })
  assert.ok(project.body.token.project, 'without a project there is no path to call')
  assert.equal(account.body.token.project, undefined)
  return { project: project.text, domain: account.text, projectId: project.body.token.project.id }
}

async function tokenOf(endpoint: string, user: object, scope: object) {
  const response = await fetch(`${endpoint}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', connection: 'close' },
    body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } }),
  })
  const body = await response.text()
  assert.equal(response.status, 201, body)
  const text = response.headers.get('x-subject-token')
  assert.ok(text, 'the token is in a header')
  const parsed = JSON.parse(body) as TokenBody
  assert.ok(Date.parse(parsed.token.expires_at) > Date.now())
  return { text, body: parsed }
}

/** What whoever owns the token may do at any time: the next call with it is refused. */
export async function revoke({ endpoint }: Site, token: string): Promise<void> {
  const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token, connection: 'close' }
  const response = await fetch(`${endpoint}/v3/auth/tokens`, { method: 'DELETE', headers })
  assert.equal(response.status, 204)
}
