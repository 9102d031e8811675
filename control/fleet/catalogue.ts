import type { Catalogue, PRODUCT_STATUSES, Quota } from './catalogue-document.ts'

export type ProductStatus = (typeof PRODUCT_STATUSES)[number]
type CatalogueProduct = Catalogue['products'][number]

/** What contradicts itself in a catalogue whose every field is right; undefined when nothing does. */
export function findCatalogueMistake(catalogue: Catalogue): string | undefined {
  const flavors = new Set(catalogue.flavors.map(({ id }) => id))
  const zones = new Set(catalogue.availability_zones.map(({ name }) => name))
  const lost = catalogue.products.find(({ flavor_id }) => !flavors.has(flavor_id))
  const named = [
    ...catalogue.products.flatMap(({ product_id, zones = {} }) => Object.keys(zones).map((zone) => [product_id, zone])),
    ...catalogue.volume_types.flatMap(({ volume_type, sold_out_zones = [] }) =>
      sold_out_zones.map((zone) => [volume_type, zone]),
    ),
  ]
  const astray = named.find(([, zone = '']) => !zones.has(zone))
  const defaults = catalogue.availability_zones.filter((zone) => zone.default === true)
  const rules = [
    ...twice(catalogue),
    lost && `the product ${lost.product_id} has the flavor ${lost.flavor_id}, which flavors does not list`,
    astray && `${astray[0]} names the zone ${astray[1]}, which availability_zones does not list`,
    defaults.length > 1 ? `${defaults.map(({ name }) => name).join(' and ')} are both the default zone` : undefined,
  ]
  return rules.find((rule) => rule !== undefined)
}

function twice(catalogue: Catalogue): (string | undefined)[] {
  const lists: readonly (readonly [section: string, ids: readonly string[]])[] = [
    ['flavors', catalogue.flavors.map(({ id }) => id)],
    ['products', catalogue.products.map(({ product_id }) => product_id)],
    ['images', catalogue.images.map(({ id }) => id)],
    ['volume_types', catalogue.volume_types.map(({ volume_type }) => volume_type)],
    ['availability_zones', catalogue.availability_zones.map(({ name }) => name)],
    ['session_types', catalogue.session_types.map(({ resource_spec_code }) => resource_spec_code)],
  ]
  return lists.map(([section, ids]) => {
    const second = ids.find((id, index) => ids.indexOf(id) < index)
    return second === undefined ? undefined : `${section} lists ${second} twice`
  })
}

/** The status of a package in a zone, or where no zone is named. */
export function statusIn({ status = 'normal', zones = {} }: CatalogueProduct, zone = ''): ProductStatus {
  return Object.hasOwn(zones, zone) ? (zones[zone] ?? status) : status
}

const SOLD_OUT: readonly ProductStatus[] = ['abandon', 'sellout', 'obt_sellout']

export function isSoldOut(status: ProductStatus): boolean {
  return SOLD_OUT.includes(status)
}

export function quotaOf({ quotas }: Catalogue, projectId: string): Quota {
  const own = quotas.projects !== undefined && Object.hasOwn(quotas.projects, projectId) && quotas.projects[projectId]
  return { ...quotas.default, ...own }
}

export type CatalogueImage = Catalogue['images'][number]

/** Undefined for an image that the catalogue does not list: a group may have it all the same. */
export function findImage({ images }: Catalogue, imageId: string): CatalogueImage | undefined {
  return images.find(({ id }) => id === imageId)
}
