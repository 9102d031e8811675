import type { Db } from '#db'
import { CONFIGURATION_DEFAULTS } from './configuration.ts'

export interface ConfigurationValue {
  readonly config_key: string
  readonly config_value: string
}

/** The project's own value, else the central default, else nothing. */
export async function listConfiguration(
  db: Db,
  projectId: string,
  keys: readonly string[],
): Promise<ConfigurationValue[]> {
  if (keys.length === 0) return []
  const rows = await db
    .selectFrom('fleet.configuration')
    .select(['config_key', 'config_value'])
    .where('project_id', '=', projectId)
    .where('config_key', 'in', keys)
    .execute()
  const own = new Map(rows.map((row) => [row.config_key, row.config_value]))
  return keys.flatMap((config_key) => {
    const config_value = own.get(config_key) ?? defaultOf(config_key)
    return config_value === undefined ? [] : [{ config_key, config_value }]
  })
}

function defaultOf(key: string): string | undefined {
  return Object.hasOwn(CONFIGURATION_DEFAULTS, key) ? CONFIGURATION_DEFAULTS[key] : undefined
}

export async function saveConfiguration(db: Db, projectId: string, key: string, value: string): Promise<void> {
  await db
    .insertInto('fleet.configuration')
    .values({ project_id: projectId, config_key: key, config_value: value })
    .onConflict((conflict) => conflict.columns(['project_id', 'config_key']).doUpdateSet({ config_value: value }))
    .execute()
}
