import type { QueryOf, ResponseOf } from '../../contract/operation.ts'
import type {
  listAvailabilityZone,
  listProduct,
  listSessionType,
  listVolumeType,
} from '../../contract/operations/fleet/catalogue.ts'
import { isSoldOut, statusIn } from './catalogue.ts'
import type { Catalogue } from './catalogue-document.ts'

type CatalogueZone = Catalogue['availability_zones'][number]
type Zone = ResponseOf<typeof listAvailabilityZone>['availability_zones'][number]

/** Nothing is sold ahead: every package is pay-per-use. */
const CHARGE_MODE = '0'

/** The packages that fit all that is asked for, without those that are not to be shown there. */
export function matchingProducts(
  { products }: Catalogue,
  query: QueryOf<typeof listProduct>,
): readonly Catalogue['products'][number][] {
  const fits = (wanted: string | undefined, values: readonly string[]) => !wanted || values.includes(wanted)
  return products.filter(
    (product) =>
      statusIn(product, query.availability_zone) !== 'abandon' &&
      fits(query.product_id, [product.product_id]) &&
      fits(query.flavor_id, [product.flavor_id]) &&
      fits(query.os_type, product.os_types ?? ['Linux', 'Windows']) &&
      fits(query.charge_mode, [CHARGE_MODE]) &&
      fits(query.architecture, [product.architecture ?? 'x86']) &&
      fits(query.package_type, [product.package_type ?? 'general']),
  )
}

export function siteTypeOf({ site_type = 'CENTER' }: CatalogueZone): string {
  return site_type
}

export function renderZone({ products }: Catalogue, zone: CatalogueZone): Zone {
  const { name, en_us, zh_cn, visible = true } = zone
  const shown = products.filter((product) => statusIn(product, name) !== 'abandon')
  const [gone, there] = [true, false].map((out) =>
    shown.filter((product) => isSoldOut(statusIn(product, name)) === out).map(({ product_id }) => product_id),
  )
  return {
    availability_zone: name,
    display_name: name,
    i18n: { en_us, zh_cn },
    sold_out: { products: gone ?? [] },
    product_ids: there ?? [],
    visible,
    default_availability_zone: zone.default ?? false,
  }
}

interface SessionTypeFilter {
  readonly session_type?: string
  readonly resource_spec_code?: string
  readonly resource_type?: string
  readonly cloud_service_type?: string
}

export function renderSessionTypes(
  { session_types }: Catalogue,
  filter: SessionTypeFilter,
): ResponseOf<typeof listSessionType> {
  const wanted = Object.entries(filter).filter(([, value]) => value !== '')
  const all = session_types.map(({ session_type, resource_spec_code }) => ({
    ...{ resource_spec_code, session_type: session_type as string },
    resource_type: 'hws.resource.type.workspace.appstreamsession',
    cloud_service_type: 'hws.service.type.vdi',
  }))
  const fits = (type: Readonly<Record<string, string>>) => wanted.every(([member, value]) => type[member] === value)
  return { session_types: all.filter(fits) }
}

export function renderVolumeTypes({ volume_types, availability_zones }: Catalogue): ResponseOf<typeof listVolumeType> {
  const zones = availability_zones.map(({ name }) => name).join(',')
  return {
    volume_types: volume_types.map(({ volume_type, resource_spec_code, en_us, zh_cn, sold_out_zones = [] }) => ({
      ...{ volume_type, resource_spec_code },
      resource_type: 'hws.resource.type.workspace.volume',
      cloud_service_type: 'hws.service.type.vdi',
      volume_product_type: 'workspace',
      name: [
        { language: 'en-us', value: en_us },
        { language: 'zh-cn', value: zh_cn },
      ],
      volume_type_extra_specs: { availability_zone: zones, sold_out_availability_zone: sold_out_zones.join(',') },
    })),
  }
}
