import { findImageContradiction, listServerTargets, portResource, type ServerTarget, subnetResource } from '#fleet'
import type { Check, Resource } from '#http'
import { type JobType, nextJobIds } from '#jobs'
import { AppError } from '#kernel'
import { ERRORS } from '../../contract/errors.ts'
import type { BodyOf, ResponseOf } from '../../contract/operation.ts'
import type { batchReinstallServer, changeServerImage } from '../../contract/operations/lifecycle/rebuild.ts'
import type { RebuildRequest } from './rebuild.ts'
import { findImages, type ImageOf } from './rebuild.view.ts'
import { type RequestDeps, refuseBusy, requireServers, serverResource, startTasks } from './request.service.ts'

export type ImageChange = Omit<BodyOf<typeof changeServerImage>, 'update_access_agent'>
type Results = ResponseOf<typeof batchReinstallServer>
type Authorize = (resources: readonly Resource[], further: readonly Check[]) => Promise<void>

export interface RebuildAsked {
  readonly projectId: string
  /** Of the operation, for a batch of nothing. */
  readonly action: string
  /** The image to change to; null reinstalls the one the server has. */
  readonly image: ImageChange | null
  readonly authorize: Authorize
}

/** Starts the job of one server and returns its id. */
export async function rebuildServer(deps: RequestDeps, serverId: string, asked: RebuildAsked): Promise<string> {
  const targets = await requireServers(deps, asked.projectId, [serverId])
  await asked.authorize(targets.map(serverResource), dependencies(asked.projectId, targets))
  requireProvider(deps)
  const [target] = targets as [ServerTarget]
  return start(deps, target, asked, await findImages(deps.db, [serverId]))
}

/** One job for each server; what cannot be started says why in its result, and the others go on. */
export async function rebuildServers(deps: RequestDeps, ids: readonly string[], asked: RebuildAsked): Promise<Results> {
  const { projectId, action, authorize } = asked
  const targets = await findAll(deps, projectId, ids)
  const found = [...targets.values()]
  const none = found.length === 0 ? [{ action, projectId, resource: null }] : []
  await authorize(found.map(serverResource), [...dependencies(projectId, found), ...none])
  requireProvider(deps)
  const images = await findImages(deps.db, ids)
  const items: Results['items'] = []
  for (const id of ids) items.push(await resultOf(id, () => startFound(deps, id, targets.get(id), asked, images)))
  return { items }
}

async function findAll(deps: RequestDeps, projectId: string, ids: readonly string[]) {
  const found = await listServerTargets(deps.db, projectId, ids)
  return new Map(found.map((target) => [target.id, target]))
}

async function startFound(
  deps: RequestDeps,
  id: string,
  target: ServerTarget | undefined,
  asked: RebuildAsked,
  images: ReadonlyMap<string, ImageOf>,
): Promise<string> {
  if (!target) throw new AppError('lifecycle.server_not_found', { serverIds: id.slice(0, 64) })
  return start(deps, target, asked, images)
}

async function resultOf(server_id: string, run: () => Promise<string>): Promise<Results['items'][number]> {
  try {
    return { server_id, job_id: await run(), error_code: '', error_message: '' }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { server_id, job_id: '', error_code: ERRORS[error.word].code, error_message: error.message.slice(0, 255) }
  }
}

async function start(
  deps: RequestDeps,
  target: ServerTarget,
  { projectId, image }: RebuildAsked,
  images: ReadonlyMap<string, ImageOf>,
): Promise<string> {
  if (image) refuseImage(target.id, image, images.get(target.id))
  refuseBusy([target])
  const type: JobType = image ? 'CHANGE_SERVER_IMAGE' : 'REINSTALL_OS'
  const request: RebuildRequest = image ? { imageId: image.image_id } : {}
  const [id = ''] = await nextJobIds(deps.db, 1)
  await startTasks(deps, { projectId, kind: 'rebuild', request, job: { id, type }, targets: [target] })
  return id
}

/** Contract 3.4: another image than before, of the same system; one of the market has a product, a listed one is as listed. */
export function refuseImage(serverId: string, wanted: ImageChange, now: ImageOf | undefined): void {
  const problem = problemOf(wanted, now)
  if (problem !== undefined) throw new AppError('lifecycle.image_refused', { serverId, problem })
}

function problemOf(wanted: ImageChange, now: ImageOf | undefined): string | undefined {
  if (now && wanted.image_id === now.imageId) return 'image_id must be another than the server has'
  if (now && wanted.os_type !== now.osType) return `os_type must be ${now.osType}, as in its server group`
  if (wanted.image_type === 'gold' && !wanted.image_product_id) return 'image_type gold needs an image_product_id'
  const { image_id, image_type } = wanted
  const disk = now && { system_disk_size: now.systemDiskSize }
  return findImageContradiction({ image_id, image_type, os_type: wanted.os_type, ...disk })
}

function requireProvider({ machines }: RequestDeps): void {
  if (machines === null) throw new AppError('lifecycle.no_power', { what: 'make the disk of a server anew' })
}

/** Contract 8.2: it depends on listing images and on reading each port and subnet. */
function dependencies(projectId: string, targets: readonly ServerTarget[]): Check[] {
  if (targets.length === 0) return []
  const subnets = new Map(targets.map((target) => [target.subnet_id, subnetResource(target)]))
  return [
    { action: 'ims:images:list', projectId, resource: null },
    ...[...subnets.values()].map((resource) => ({ action: 'vpc:subnets:get', projectId, resource })),
    ...targets.map((target) => ({ action: 'vpc:ports:get', projectId, resource: portResource(target) })),
  ]
}
