import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, assertDeclared, type TestApi } from '../testing/api.ts'

/** What ListServers and ShowServer say of a server, as far as these tests look. */
export interface Shown {
  readonly id: string
  readonly name: string
  readonly machine_name: string
  readonly status: string
  readonly vm_status: string
  readonly task_status: string
  readonly job_id?: string
  readonly job_type?: string
  readonly job_status?: string
  readonly session_count: number
  readonly host_address: readonly { readonly addr: string }[]
}

export interface Job {
  readonly status: string
  readonly job_type: string
  readonly sub_jobs: readonly {
    readonly id: string
    readonly status: string
    readonly error_code: string
    readonly error_message: string
    readonly job_resource_info: { readonly resource_id: string; readonly resource_name: string }
    readonly progress: { readonly step: string; readonly notice: string }
  }[]
}

type Path = Pick<TestApi, 'call' | 'world'>

export function send(api: Path, operationId: string, body: unknown, projectId = api.world.project.id): Promise<Answer> {
  const [method, action] = ACTIONS[operationId] ?? assert.fail(operationId)
  return checked(operationId, api.call(method, `/v1/${projectId}/app-servers/actions/${action}`, { body }))
}

const ACTIONS: Readonly<Record<string, readonly [method: string, action: string]>> = {
  BatchRebootServer: ['PATCH', 'batch-reboot'],
  BatchStartServer: ['PATCH', 'batch-start'],
  BatchStopServer: ['PATCH', 'batch-stop'],
  BatchUpdateTsvi: ['PATCH', 'batch-update-tsvi'],
  CreateAppServers: ['POST', 'create'],
  BatchDeleteServer: ['POST', 'batch-delete'],
}

export async function checked(operationId: string, call: Promise<Answer>): Promise<Answer> {
  const answer = await call
  assertDeclared(operationId, answer)
  return answer
}

export async function showServer(api: Path, id: string): Promise<Shown> {
  const answer = await checked('ShowServer', api.call('GET', `/v1/${api.world.project.id}/app-servers/${id}`))
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Shown
}

export async function showJob(api: Path, id: string): Promise<Job> {
  const answer = await checked('ShowJobDetail', api.call('GET', `/v2/${api.world.project.id}/job/${id}`))
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Job
}

const EVERY_MS = 30
const LONGEST_MS = 20_000

/** Asks again, as clients do, until the answer is the one waited for; fails with the last one. */
export async function poll<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  const until = Date.now() + LONGEST_MS
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    assert.ok(Date.now() < until, `still ${JSON.stringify(answer)}`)
    await delay(EVERY_MS)
  }
}

export function untilServer(api: Path, id: string, isIt: (server: Shown) => boolean): Promise<Shown> {
  return poll(() => showServer(api, id), isIt)
}

/** What Terraform waits for (contract 9.2). */
export function untilSettled(api: Path, id: string): Promise<Shown> {
  return untilServer(api, id, ({ status }) => ['REGISTERED', 'STOPPED', 'FREEZE', 'NONE'].includes(status))
}

export function untilJobEnds(api: Path, id: string): Promise<Job> {
  return poll(
    () => showJob(api, id),
    ({ status }) => status !== 'RUNNING',
  )
}

export function standing({ status, vm_status, task_status }: Shown): readonly string[] {
  return [status, vm_status, task_status]
}

export const READY = ['REGISTERED', 'ACTIVE', 'null']
export const OFF = ['STOPPED', 'SHUTOFF', 'null']
export const BROKEN = ['NONE', 'ERROR', 'null']

/** A right body of CreateAppServers for the group of the world. */
export function newServers({ world }: Pick<TestApi, 'world'>, change: object = {}): object {
  return {
    type: 'createApps',
    server_group_id: world.server_group.id,
    product_id: 'workspace.appstream.general.xlarge.2',
    subscription_num: 1,
    root_volume: { type: 'SSD', size: 100 },
    vpc_id: world.vpc.id,
    subnet_id: world.subnet.id,
    ...change,
  }
}
