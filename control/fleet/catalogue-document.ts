import { type Static, Type } from 'typebox'
import { IMAGE_TYPES, OS_TYPES, VOLUME_TYPES } from '../../contract/operations/fleet/server-group-fields.ts'

const Name = Type.String({ minLength: 1, maxLength: 255 })
const Id = Type.String({ pattern: '^\\S{1,128}$' })
const Zone = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })
const closed = { additionalProperties: false } as const

/** Of a package (contract 3.3); `sellout`, `obt_sellout` and `abandon` cannot be had, the last is not listed either. */
export const PRODUCT_STATUSES = ['normal', 'abandon', 'sellout', 'obt', 'obt_sellout', 'promotion'] as const
const ProductStatus = Type.Enum([...PRODUCT_STATUSES])

const Flavor = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 255 }),
    cpu: Type.Integer({ minimum: 1, maximum: 1024 }),
    memory: Type.Integer({ minimum: 256, maximum: 16_777_216, description: 'MB' }),
    gpu: Type.Optional(Type.Object({ type: Name, description: Type.Optional(Name) }, closed)),
  },
  closed,
)

const Product = Type.Object(
  {
    product_id: Id,
    flavor_id: Type.String({ minLength: 1, maxLength: 255 }),
    sessions: Type.Integer({ minimum: 1, maximum: 1024 }),
    type: Type.Optional(Type.Enum(['BASE', 'ADVANCED'])),
    architecture: Type.Optional(Type.Enum(['x86', 'arm'])),
    package_type: Type.Optional(Type.Enum(['general', 'dedicated'])),
    series_type: Type.Optional(Type.String({ maxLength: 64 })),
    descriptions: Type.Optional(Name),
    system_disk_type: Type.Optional(Type.Enum([...VOLUME_TYPES])),
    system_disk_size: Type.Optional(Type.Integer({ minimum: 10, maximum: 32768, description: 'GB' })),
    os_types: Type.Optional(Type.Array(Type.Enum([...OS_TYPES]), { minItems: 1, uniqueItems: true })),
    status: Type.Optional(ProductStatus),
    zones: Type.Optional(Type.Record(Zone, ProductStatus, { description: 'Where the status is another one.' })),
  },
  closed,
)

const Image = Type.Object(
  {
    id: Id,
    name: Name,
    image_type: Type.Enum([...IMAGE_TYPES]),
    os_type: Type.Optional(Type.Enum([...OS_TYPES], { description: 'Without it: of any.' })),
    min_disk: Type.Integer({ minimum: 0, maximum: 32768, description: 'GB' }),
  },
  closed,
)

const VolumeType = Type.Object(
  {
    volume_type: Type.Enum([...VOLUME_TYPES]),
    resource_spec_code: Name,
    en_us: Name,
    zh_cn: Name,
    sold_out_zones: Type.Optional(Type.Array(Zone, { maxItems: 100, uniqueItems: true })),
  },
  closed,
)

const AvailabilityZone = Type.Object(
  {
    name: Zone,
    en_us: Name,
    zh_cn: Name,
    site_type: Type.Optional(Type.Enum(['CENTER', 'IES'])),
    default: Type.Optional(Type.Boolean()),
    visible: Type.Optional(Type.Boolean()),
  },
  closed,
)

const SessionType = Type.Object({ session_type: Type.Enum(['GPU', 'CPU']), resource_spec_code: Name }, closed)

const Amount = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const QUOTA = {
  instances: Amount,
  cores: Amount,
  memory: Amount,
  volumes: Amount,
  volume_gigabytes: Amount,
  gpu_instances: Amount,
}
const Quota = Type.Object(QUOTA, closed)
export type Quota = Static<typeof Quota>

const Quotas = Type.Object(
  {
    default: Quota,
    projects: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.Partial(Quota, closed), {
        description: 'What is another one for a project, by its id.',
      }),
    ),
  },
  closed,
)

const Limits = Type.Object(
  {
    max_session: Type.Integer({ minimum: 1, maximum: 1024 }),
    max_group_count: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  },
  closed,
)

/** Everything that the installation offers. */
export const Catalogue = Type.Object(
  {
    flavors: Type.Array(Flavor, { minItems: 1, maxItems: 1000 }),
    products: Type.Array(Product, { minItems: 1, maxItems: 100 }),
    images: Type.Array(Image, { maxItems: 1000 }),
    volume_types: Type.Array(VolumeType, { minItems: 1, maxItems: 5 }),
    availability_zones: Type.Array(AvailabilityZone, { minItems: 1, maxItems: 100 }),
    session_types: Type.Array(SessionType, { maxItems: 10 }),
    limits: Limits,
    quotas: Quotas,
  },
  closed,
)
export type Catalogue = Static<typeof Catalogue>

/** A file of an operator's own: the sections that it replaces. */
export const CatalogueFile = Type.Partial(Catalogue, closed)
