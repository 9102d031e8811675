import assert from 'node:assert/strict'
import type { Wire } from './wire.ts'

export interface Tags {
  readonly [key: string]: string
}

/** `huaweicloud_workspace_app_server_group`, as far as a configuration says it. */
export interface GroupConfig {
  readonly name: string
  readonly os_type: string
  readonly flavor_id: string
  readonly vpc_id: string
  readonly subnet_id: string
  readonly system_disk_type: string
  readonly system_disk_size: number
  readonly image_id: string
  readonly image_type: string
  readonly is_vdi: boolean
  readonly enabled: boolean
  readonly description: string
  readonly ip_virtual?: { readonly enable: boolean }
  readonly route_policy?: {
    readonly max_session?: number
    readonly cpu_threshold?: number
    readonly mem_threshold?: number
  }
  readonly storage_mount_policy?: string
  readonly tags?: Tags
}

interface GroupBody {
  readonly [member: string]: unknown
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
  readonly primary_server_group_ids?: readonly string[]
}

/** The resource's calls in the order of the provider (contract 9.2). */
export function groupResource(wire: Wire, projectId: string) {
  const groups = `/v1/${projectId}/app-server-groups`
  const read = (id: string) => wire.json<GroupBody>('GET', `${groups}/${id}`)

  return {
    create: async (config: GroupConfig): Promise<string> => {
      const { id } = await wire.json<{ id: string }>('POST', groups, { body: createBody(config) })
      const { storage_mount_policy } = config
      if (storage_mount_policy !== undefined) {
        await wire.done('PATCH', `${groups}/${id}`, { body: { storage_mount_policy } })
      }
      await read(id)
      return id
    },
    update: async (id: string, before: GroupConfig, config: GroupConfig): Promise<void> => {
      await wire.done('PATCH', `${groups}/${id}`, { body: updateBody(config) })
      const tags = `/v1/${projectId}/server-group/tags`
      const items = (of: Tags) => ({ items: [{ server_group_id: id, tags: listOf(of) }] })
      if (before.tags) await wire.done('DELETE', `${tags}/batch-delete`, { body: items(before.tags) })
      if (config.tags) {
        const { status, text } = await wire.send('POST', `${tags}/batch-create`, { body: items(config.tags) })
        assert.equal(status, 204, `the provider takes nothing but 204 here: ${text}`)
      }
      await read(id)
    },
    destroy: (id: string) => wire.done('DELETE', `${groups}/${id}`),
    isGone: async (id: string) => (await wire.send('GET', `${groups}/${id}`)).status === 404,
    /** What a plan would change: members of the configuration that the provider reads back as something else. */
    drift: async (id: string, config: GroupConfig) => driftOf(config, await read(id)),
  }
}

/** All numbers of the policy go together: those that are not set as 0. */
function routePolicyOf({
  max_session = 0,
  cpu_threshold = 0,
  mem_threshold = 0,
}: NonNullable<GroupConfig['route_policy']>) {
  return { max_session, cpu_threshold, mem_threshold }
}

function createBody(config: GroupConfig): object {
  const { flavor_id, enabled, storage_mount_policy: _, route_policy, tags, ...rest } = config
  return {
    ...rest,
    product_id: flavor_id,
    server_group_status: enabled,
    ...(route_policy === undefined ? {} : { route_policy: routePolicyOf(route_policy) }),
    ...(tags === undefined ? {} : { tags: listOf(tags) }),
  }
}

function updateBody(config: GroupConfig): object {
  const { name, system_disk_type, system_disk_size, image_id, image_type, description, enabled, route_policy } = config
  return {
    ...{ name, system_disk_type, system_disk_size, image_id, image_type, description, ou_name: '' },
    server_group_status: enabled,
    ...(config.storage_mount_policy === undefined ? {} : { storage_mount_policy: config.storage_mount_policy }),
    ...(route_policy === undefined ? {} : { route_policy: routePolicyOf(route_policy) }),
  }
}

function listOf(tags: Tags) {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

/** `ip_virtual`, `route_policy`, `image_type` and `vpc_id` are never read back. */
function driftOf(config: GroupConfig, body: GroupBody): readonly string[] {
  const { name, os_type, subnet_id, system_disk_type, system_disk_size, image_id, is_vdi, description } = config
  const wanted = {
    ...{ name, os_type, subnet_id, system_disk_type, system_disk_size, image_id, is_vdi, description },
    product_id: config.flavor_id,
    server_group_status: config.enabled,
    app_type: 'COMMON_APP',
    storage_mount_policy: config.storage_mount_policy ?? 'ANY',
    enterprise_project_id: '0',
  }
  const differing = Object.entries(wanted).filter(([member, value]) => body[member] !== value)
  const tags = Object.fromEntries((body.tags ?? []).map(({ key, value }) => [key, value]))
  const drift = differing.map(
    ([member, value]) => `${member}: ${JSON.stringify(body[member])} not ${JSON.stringify(value)}`,
  )
  return isSame(tags, config.tags ?? {}) ? drift : [...drift, `tags: ${JSON.stringify(tags)}`]
}

function isSame(one: Tags, other: Tags): boolean {
  const sorted = (tags: Tags) => JSON.stringify(Object.entries(tags).sort())
  return sorted(one) === sorted(other)
}
