import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Keystone } from './keystone.ts'

export interface Named {
  readonly id: string
  readonly name: string
}

export interface Person extends Named {
  readonly password: string
  readonly domain: Named
  readonly project: Named
}

/** The administrator's work in a Keystone, and everybody's logins, through its API. */
export interface KeystonePeople {
  createDomain(name: string): Promise<Named>
  createProject(domain: Named, name: string): Promise<Named>
  /** A user of the project's domain with one role in the project; the role is made when there is none of the name. */
  createPerson(domain: Named, project: Named, name: string, role: string): Promise<Person>
  /** Gets a token of the person for its project. */
  login(person: Person): Promise<string>
  revoke(token: string): Promise<void>
  disable(person: Person): Promise<void>
  /** An application credential with the roles of the person. */
  createCredential(person: Person): Promise<{ readonly id: string; readonly secret: string }>
}

interface Asked {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export async function keystonePeople({ url, adminPassword }: Keystone): Promise<KeystonePeople> {
  const call = async (method: string, path: string, { token, headers = {}, body }: Asked = {}) => {
    const credential = token === undefined ? {} : { 'X-Auth-Token': token }
    const response = await fetch(`${url}/v3${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...credential, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path} answered ${response.status} ${text}`)
    return { response, body: text === '' ? {} : JSON.parse(text) }
  }
  const login = async (name: string, password: string, domain: object, project: object) => {
    const identity = { methods: ['password'], password: { user: { name, password, domain } } }
    const { response } = await call('POST', '/auth/tokens', { body: { auth: { identity, scope: { project } } } })
    return response.headers.get('x-subject-token') ?? ''
  }
  const home = { name: 'Default' }
  const token = await login('admin', adminPassword, home, { name: 'admin', domain: home })
  const create = async (kind: string, path: string, value: object): Promise<Named> => {
    const { body } = await call('POST', path, { token, body: { [kind]: value } })
    const { id, name } = body[kind]
    return { id, name }
  }
  const requireRole = async (name: string): Promise<Named> => {
    const { body } = await call('GET', `/roles?name=${encodeURIComponent(name)}`, { token })
    return body.roles[0] ?? create('role', '/roles', { name })
  }
  const loginOf = ({ name, password, domain, project }: Person) =>
    login(name, password, { id: domain.id }, { id: project.id })

  return {
    createDomain: (name) => create('domain', '/domains', { name }),
    createProject: (domain, name) => create('project', '/projects', { name, domain_id: domain.id }),
    createPerson: async (domain, project, name, role) => {
      const password = randomBytes(12).toString('hex')
      const user = await create('user', '/users', { name, password, domain_id: domain.id })
      const { id } = await requireRole(role)
      await call('PUT', `/projects/${project.id}/users/${user.id}/roles/${id}`, { token })
      return { id: user.id, name, password, domain, project }
    },
    login: loginOf,
    revoke: async (revoked) => {
      await call('DELETE', '/auth/tokens', { token, headers: { 'X-Subject-Token': revoked } })
    },
    disable: async ({ id }) => {
      await call('PATCH', `/users/${id}`, { token, body: { user: { enabled: false } } })
    },
    createCredential: async (person) => {
      const path = `/users/${person.id}/application_credentials`
      const application_credential = { name: 'validation of tokens' }
      const { body } = await call('POST', path, { token: await loginOf(person), body: { application_credential } })
      const { id, secret } = body.application_credential
      return { id, secret }
    },
  }
}
