import { getCatalogue } from './catalogue.store.ts'

/** Where a new server is to be, and on which kind of disk. */
export interface Place {
  /** The zone the caller names; empty when none. */
  readonly asked: string
  /** The zone the server will show. */
  readonly zone: string
  readonly volumeType: string
}

/** The first that is named, or the default zone of the catalogue; empty when that has none. */
export function zoneOf(...named: readonly string[]): string {
  const { availability_zones } = getCatalogue()
  const byDefault = availability_zones.find((zone) => zone.default === true)?.name ?? ''
  return named.find((zone) => zone !== '') ?? byDefault
}

/** Which rule of the catalogue a place breaks; undefined when it breaks none. */
export function findPlaceContradiction({ asked, zone, volumeType }: Place): string | undefined {
  const { availability_zones, volume_types } = getCatalogue()
  const zones = availability_zones.map(({ name }) => name)
  if (asked !== '' && !zones.includes(asked)) return `availability_zone must be one of ${zones.join(', ')} here`
  const types = volume_types.map(({ volume_type }) => volume_type as string)
  const disk = volume_types.find(({ volume_type }) => volume_type === volumeType)
  if (disk === undefined) return `root_volume.type must be one of ${types.join(', ')} here`
  return disk.sold_out_zones?.includes(zone) ? `root_volume.type ${volumeType} is sold out in ${zone}` : undefined
}
