import { Type } from 'typebox'

/** Contract section 3.3. Sizes are strings here: a number makes the Terraform provider panic. */
export const ProductInfo = Type.Object({
  product_id: Type.String(),
  flavor_id: Type.String(),
  type: Type.String(),
  architecture: Type.String(),
  cpu: Type.String(),
  cpu_desc: Type.Optional(Type.String()),
  memory: Type.String({ description: 'MB' }),
  is_gpu: Type.Boolean(),
  gpu_desc: Type.Optional(Type.String()),
  support_gpu_type: Type.Optional(Type.String()),
  descriptions: Type.Optional(Type.String()),
  system_disk_type: Type.String(),
  system_disk_size: Type.String({ description: 'GB' }),
  charge_mode: Type.String(),
  contain_data_disk: Type.Boolean(),
  resource_type: Type.String(),
  cloud_service_type: Type.String(),
  volume_product_type: Type.Optional(Type.String()),
  package_type: Type.Optional(Type.String()),
  series_type: Type.Optional(Type.String()),
  sessions: Type.Integer({ description: 'Default maximum of sessions of the package.' }),
  status: Type.String(),
  cond_operation_az: Type.Optional(Type.String({ description: 'az1(normal),az2(sellout): where the status differs.' })),
})

export const Tag = Type.Object(
  {
    key: Type.String({ pattern: '^(?!_sys_)(?! )[\\p{L}\\p{Z}\\p{N}_.:=+\\-@]{1,128}(?<! )$' }),
    value: Type.Optional(Type.String({ pattern: '^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,255}$' })),
  },
  { additionalProperties: false },
)

export const Flavor = Type.Object({
  id: Type.String(),
  links: Type.Array(Type.Object({ rel: Type.String(), hrel: Type.Optional(Type.String()) })),
})
