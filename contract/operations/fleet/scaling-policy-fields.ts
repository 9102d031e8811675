import { Type } from 'typebox'

const Percent = Type.Integer({ minimum: 1, maximum: 100, description: 'Percent.' })

/** Contract section 4.3. */
export const ScalingPolicy = Type.Object(
  {
    enable: Type.Optional(Type.Boolean({ default: true })),
    max_scaling_amount: Type.Integer({ minimum: 1, maximum: 100, description: 'Servers that scaling may add.' }),
    single_expansion_count: Type.Integer({ minimum: 1, maximum: 10, description: 'Servers added at once.' }),
    scaling_policy_by_session: Type.Object(
      {
        session_usage_threshold: Type.Optional(Percent),
        shrink_after_session_idle_minutes: Type.Integer({ minimum: 5, maximum: 120 }),
      },
      { additionalProperties: false },
    ),
    scaling_policy_by_resource: Type.Optional(
      Type.Object(
        {
          cpu_usage_threshold: Type.Optional(Percent),
          mem_usage_threshold: Type.Optional(Percent),
          gpu_usage_threshold: Type.Optional(Percent),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
