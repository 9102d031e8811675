import { getCatalogue } from './catalogue.store.ts'
import type { Catalogue } from './catalogue-document.ts'

interface Packaged {
  readonly product_id: string
  readonly flavor_id: string
  readonly system_disk_type: string
  readonly system_disk_size: number
}

type CatalogueProduct = Catalogue['products'][number]

/** Contract 3.3: numbers as strings, the disk as the group says. A package that is gone from the catalogue has 0 of all. */
export function renderProductInfo(group: Packaged) {
  const catalogue = getCatalogue()
  const product = catalogue.products.find(({ product_id }) => product_id === group.product_id)
  return {
    ...(product ? describe(catalogue, product) : UNKNOWN),
    ...{ product_id: group.product_id, flavor_id: group.flavor_id, system_disk_type: group.system_disk_type },
    system_disk_size: String(group.system_disk_size),
    charge_mode: '0',
    contain_data_disk: false,
    resource_type: 'hws.resource.type.workspace.appstream',
    cloud_service_type: 'hws.service.type.vdi',
    volume_product_type: 'workspace',
  }
}

/** A package as the catalogue lists it. */
export function renderProduct({ product_id, flavor_id, ...product }: CatalogueProduct) {
  const { system_disk_type = 'SAS', system_disk_size = 80 } = product
  return renderProductInfo({ product_id, flavor_id, system_disk_type, system_disk_size })
}

const UNKNOWN = {
  ...{ type: 'BASE', architecture: 'x86', cpu: '0', memory: '0', is_gpu: false, sessions: 0, status: 'abandon' },
}

function describe({ flavors }: Catalogue, product: CatalogueProduct) {
  const { cpu = 0, memory = 0, gpu } = flavors.find(({ id }) => id === product.flavor_id) ?? {}
  const text = `${product.flavor_id} | ${cpu} vCPUs | ${Math.round(memory / 1024)} GB`
  const zones = Object.entries(product.zones ?? {}).map(([zone, status]) => `${zone}(${status})`)
  return {
    type: product.type ?? 'BASE',
    architecture: product.architecture ?? 'x86',
    cpu: String(cpu),
    cpu_desc: text,
    memory: String(memory),
    is_gpu: gpu !== undefined,
    ...(gpu === undefined ? {} : { gpu_desc: gpu.description ?? gpu.type, support_gpu_type: gpu.type }),
    descriptions: product.descriptions ?? text,
    package_type: product.package_type ?? 'general',
    ...(product.series_type === undefined ? {} : { series_type: product.series_type }),
    sessions: product.sessions,
    status: product.status ?? 'normal',
    ...(zones.length === 0 ? {} : { cond_operation_az: zones.join(',') }),
  }
}

export function renderFlavor(flavorId: string) {
  return { id: flavorId, links: [{ rel: 'self' }, { rel: 'bookmark' }] }
}

/** What the catalogue says of an image; of one that it does not list only the id is known. */
export function renderImage(imageId: string) {
  const image = getCatalogue().images.find(({ id }) => id === imageId)
  return { image_name: image?.name ?? imageId, image_min_disk: image?.min_disk ?? 0 }
}
