import type { World } from '../../control/index.ts'

/** A token for the project of the world, so that a request may be sent again as it is. */
export async function tokenOf(endpoint: string, { user, project, domain }: World): Promise<string> {
  const password = { user: { name: user.name, password: user.password, domain: { name: domain.name } } }
  const body = { auth: { identity: { methods: ['password'], password }, scope: { project: { id: project.id } } } }
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${endpoint}/v3/auth/tokens`, { method: 'POST', headers, body: JSON.stringify(body) })
  const token = answer.headers.get('x-subject-token')
  if (token === null) throw new Error(`no token: ${answer.status} ${await answer.text()}`)
  return token
}
