import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Answer, assertDeclared, type TestApi } from '../testing/api.ts'

export type Group = Readonly<Record<string, unknown>> & { readonly id: string }

/** What a correct request asks for, under a name of its own. */
export function newGroup({ world }: TestApi, members: object = {}): object {
  return {
    name: `group-${randomUUID().slice(0, 8)}`,
    image_id: 'some-image',
    image_type: 'private',
    os_type: 'Windows',
    product_id: 'workspace.appstream.general.2xlarge.2',
    vpc_id: world.vpc.id,
    subnet_id: world.subnet.id,
    system_disk_type: 'SSD',
    system_disk_size: 100,
    ...members,
  }
}

export function groupsPath(projectId: string): string {
  return `/v1/${projectId}/app-server-groups`
}

/** Asks for the good group with some members replaced; undefined leaves one out. */
export async function create(api: TestApi, members: object = {}): Promise<Answer> {
  const answer = await api.call('POST', groupsPath(api.world.project.id), { body: newGroup(api, members) })
  assertDeclared('CreateServerGroup', answer)
  return answer
}

export async function created(api: TestApi, members: object = {}): Promise<Group> {
  const answer = await create(api, members)
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Group
}

export async function show(api: TestApi, id: string, projectId = api.world.project.id): Promise<Answer> {
  const answer = await api.call('GET', `${groupsPath(projectId)}/${id}`)
  assertDeclared('ShowServerGroup', answer)
  return answer
}

export async function shown(api: TestApi, id: string): Promise<Group> {
  const answer = await show(api, id)
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Group
}

/** Any operation on the groups of the world's project; fails when the answer is not one that the contract has. */
export async function callGroups(
  api: TestApi,
  operationId: string,
  [method, path]: readonly [method: string, path: string],
  body?: unknown,
): Promise<Answer> {
  const answer = await api.call(method, `/v1/${api.world.project.id}${path}`, body === undefined ? {} : { body })
  assertDeclared(operationId, answer)
  return answer
}

export function update(api: TestApi, id: string, body: object): Promise<Answer> {
  return callGroups(api, 'UpdateServerGroup', ['PATCH', `/app-server-groups/${id}`], body)
}

/** Well, and without a word. */
export async function updated(api: TestApi, id: string, body: object): Promise<void> {
  const answer = await update(api, id, body)
  assert.deepEqual([answer.status, answer.text], [200, ''])
}

export function remove(api: TestApi, id: string): Promise<Answer> {
  return callGroups(api, 'DeleteServerGroups', ['DELETE', `/app-server-groups/${id}`])
}

/** The sentence of a refusal. */
export function messageOf({ body }: Answer): string {
  return (body as { error_msg: string }).error_msg
}
