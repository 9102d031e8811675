import { findProduct } from './product.ts'

interface Packaged {
  readonly product_id: string
  readonly flavor_id: string
  readonly system_disk_type: string
  readonly system_disk_size: number
}

/** Contract 3.3: numbers as strings, the disk as the group says. */
export function renderProductInfo(group: Packaged) {
  const product = findProduct(group.product_id)
  return {
    product_id: group.product_id,
    flavor_id: group.flavor_id,
    type: 'BASE',
    architecture: 'x86',
    cpu: String(product?.cpu ?? 0),
    memory: String(product?.memoryMb ?? 0),
    is_gpu: false,
    system_disk_type: group.system_disk_type,
    system_disk_size: String(group.system_disk_size),
    charge_mode: '0',
    contain_data_disk: false,
    resource_type: 'hws.resource.type.workspace.appstream',
    cloud_service_type: 'hws.service.type.vdi',
    sessions: product?.sessions ?? 0,
    status: 'normal',
  }
}

export function renderFlavor(flavorId: string) {
  return { id: flavorId, links: [{ rel: 'self' }, { rel: 'bookmark' }] }
}
