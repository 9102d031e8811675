import assert from 'node:assert/strict'
import { until } from '../support/wait.ts'
import { type Job, waitForJob } from './job.ts'
import type { Wire } from './wire.ts'

/** `huaweicloud_workspace_app_server`, as far as a configuration says it. */
export interface ServerConfig {
  readonly server_group_id: string
  readonly type: 'createApps'
  readonly flavor_id: string
  readonly vpc_id: string
  readonly subnet_id: string
  readonly root_volume: { readonly type: string; readonly size: number }
  readonly os_type?: string
  readonly name?: string
  readonly description?: string
  readonly maintain_status?: boolean
}

interface ServerBody {
  readonly [member: string]: unknown
  readonly product_info: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, unknown>>
}

const GONE_MS = 45_000

/** The resource's calls in the order of the provider (contract 9.2), pay-per-use. */
export function serverResource(wire: Wire, projectId: string) {
  const servers = `/v1/${projectId}/app-servers`
  const read = (id: string) => wire.json<ServerBody>('GET', `${servers}/${id}`)

  const change = async (id: string, { name, description, maintain_status }: ServerConfig) => {
    const body = { name, description, maintain_status }
    if (Object.values(body).some((value) => value !== undefined)) await wire.done('PATCH', `${servers}/${id}`, { body })
    await read(id)
  }

  return {
    create: async (config: ServerConfig): Promise<string> => {
      const { job_id } = await wire.json<{ job_id: string }>('POST', `${servers}/actions/create`, {
        body: creationBody(config),
      })
      const id = resourceOf(await waitForJob(wire, projectId, job_id))
      await change(id, config)
      return id
    },
    update: change,
    destroy: async (id: string): Promise<void> => {
      const { job_id } = await wire.json<{ job_id?: string }>('DELETE', `${servers}/${id}`)
      if (job_id !== undefined && job_id !== '') await waitForJob(wire, projectId, job_id)
      await until(
        `server ${id} is gone`,
        async () => (await wire.send('GET', `${servers}/${id}`)).status === 404,
        GONE_MS,
      )
    },
    drift: async (id: string, config: ServerConfig) => driftOf(config, await read(id)),
  }
}

export function creationBody(config: ServerConfig): object {
  const { flavor_id, name: _, description: __, maintain_status: ___, ...rest } = config
  return { ...rest, product_id: flavor_id, subscription_num: 1, update_access_agent: false }
}

function resourceOf(job: Job): string {
  const [first] = job.sub_jobs
  assert.ok(first?.job_resource_info.resource_id, 'the first sub-job names the server')
  return first.job_resource_info.resource_id
}

function driftOf(config: ServerConfig, body: ServerBody): readonly string[] {
  // a size that is no string makes the provider panic
  const { product_id, system_disk_type, system_disk_size } = body.product_info
  assert.equal(typeof system_disk_size, 'string')
  const read = {
    ...body,
    ...{ product_id, root_type: system_disk_type, root_size: Number(system_disk_size) },
    charging_mode: body.metadata.charging_mode,
  }
  const wanted = {
    server_group_id: config.server_group_id,
    product_id: config.flavor_id,
    root_type: config.root_volume.type,
    root_size: config.root_volume.size,
    charging_mode: '0',
    maintain_status: config.maintain_status ?? false,
    description: config.description ?? '',
    ...(config.name === undefined ? {} : { name: config.name }),
    ...(config.os_type === undefined ? {} : { os_type: config.os_type }),
  }
  return Object.entries(wanted).flatMap(([member, value]) => {
    const found = (read as Readonly<Record<string, unknown>>)[member]
    return found === value ? [] : [`${member}: ${JSON.stringify(found)} not ${JSON.stringify(value)}`]
  })
}
