import { Compile } from 'typebox/compile'
import type { JsonSchema } from '../published/normal.ts'
import { textForPattern } from './pattern-text.ts'

/** Values that fields of these names have, the first fitting name counts. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/policy_document/, '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["workspace:server:get"]}]}'],
  [/trust_policy/, '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["sts:agencies:assume"]}]}'],
  [/agency_urn/, 'iam::2b31ed520b8d4f0e9c1a7d3e5f60b812:agency:office'],
  [/product_id/, 'workspace.appstream.general.xlarge.2'],
  [/flavor/, 's2.large.2'],
  [/^(project|domain|tenant|user|group|role|policy|agency|subject)_id$/, '2b31ed520b8d4f0e9c1a7d3e5f60b812'],
  [/^(job|sub_job)_id$/, '575768277444198400'],
  [/(^|_)(id|ids|uuid)$/i, '3f791197-d166-4c8e-81e4-38c40ffc1989'],
  [/(time|_at|date|timestamp)$/i, '2026-03-07T10:40:43.858Z'],
  [/cidr/, '10.1.0.0/24'],
  [/mac/, 'fa:16:3e:0d:75:06'],
  [/(^|_)(ip|addr|address|gateway)(_|$)/, '10.1.3.17'],
  [/(url|self|link|href|endpoint)$/, 'https://berth.example/v3'],
  [/urn$/, 'iam::2b31ed520b8d4f0e9c1a7d3e5f60b812:policy:office'],
  [/password|secret/, 'Harbour-2026'],
  [/email/, 'teller@berth.example'],
  [/(^|_)(sid|machine_sid)$/, 'S-1-5-21-1213649063-4191095369-2401105760-1399'],
  [/size/, '80'],
  [/memory/, '4096'],
  [/^(cpu|version_id)$/, '2'],
  [/charge_mode|charging_mode|enterprise_project/, '0'],
  [/architecture/, 'x86'],
  [/disk_type|volume_type/, 'SAS'],
  [/cloud_service_type/, 'hws.service.type.vdi'],
  [/resource_type/, 'hws.resource.type.workspace.appstream'],
  [/storage_mount_policy/, 'ANY'],
  [/site_type/, 'CENTER'],
  [/^(error_|ou_name)/, ''],
  [/os_version/, 'Windows Server 2019 Datacenter 64bit'],
  [/region/, 'local-1'],
  [/action/i, 'workspace:server:get'],
  [/version/, 'v1'],
  [/description/, 'Servers of the office.'],
  [/name$/, 'office-1'],
]

/** For places whose rule refuses the value of their name. */
const ANY_TEXT = [
  ...['office', 'office-1', '1', 'A', '0123456789abcdef0123456789abcdef', '3f791197-d166-4c8e-81e4-38c40ffc1989'],
  ...['2026-03-07T10:40:43.858Z', '2026-03-07T10:40:43Z', '10.1.3.17', '10.1.0.0/24', 'true', 'https://berth.example'],
  ...['workspace:server:get', 'gte:2026-03-07T10:40:43Z', 'office/', 'Harbour-2026', 'teller@berth.example', '*', ''],
]

/** What an example holds beside what it must. */
export type Fullness = 'everything' | 'what is required'

/**
 * An example made from the schema alone, always the same, that fits it. Members marked as additions are left out, as
 * clients see the API without them. A rule that no known value fits is a `TypeError` that names the place: give that
 * schema an `examples` of its own.
 */
export function exampleFor(schema: JsonSchema, name: string, fullness: Fullness = 'everything'): unknown {
  const [given] = (schema as { readonly examples?: readonly unknown[] }).examples ?? []
  const said = given ?? schema.default ?? schema.const ?? schema.enum?.find((one) => one !== '')
  if (said !== undefined) return said
  const [alternative] = schema.anyOf?.filter(({ type }) => type !== 'null') ?? []
  if (alternative !== undefined) return exampleFor(alternative, name, fullness)
  return ofType(schema, name, fullness)
}

function ofType(schema: JsonSchema, name: string, fullness: Fullness): unknown {
  switch (schema.type) {
    case 'string':
      return textFor(schema, name)
    case 'integer':
    case 'number':
      return Math.min(Math.max(/size/.test(name) ? 80 : 1, schema.minimum ?? 0), schema.maximum ?? 2 ** 31 - 1)
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return itemsFor(schema, name, fullness)
    default:
      return membersFor(schema, name, fullness)
  }
}

function textFor(schema: JsonSchema, name: string): string {
  const own = BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
  const made = schema.pattern === undefined ? [] : [textForPattern(schema.pattern)]
  const known = [...(own === undefined ? [] : [own]), ...ANY_TEXT, ...made]
  const fitting = known.find((text) => fitsText(schema, text))
  if (fitting === undefined) throw new TypeError(`${name}: no known value fits ${JSON.stringify(schema)}`)
  return fitting
}

/** Formats are told by the schema library, the rest by itself. */
function fitsText(schema: JsonSchema, text: string): boolean {
  return Compile(schema as object).Check(text)
}

/** `ids` holds an id, `servers` a server. */
function itemsFor({ items, minItems = 1 }: JsonSchema, name: string, fullness: Fullness): readonly unknown[] {
  if (items === undefined) return []
  const one = exampleFor(items, name.replace(/s$/, ''), fullness)
  return minItems > 1 ? Array.from({ length: minItems }, () => one) : [one]
}

function membersFor(schema: JsonSchema, name: string, fullness: Fullness): object {
  const required = new Set(schema.required)
  const wanted = Object.entries(schema.properties ?? {}).filter(([member, rule]) => {
    return required.has(member) || (fullness === 'everything' && rule['x-berth'] !== true)
  })
  const values = Object.values(schema.patternProperties ?? {})[0]
  if (wanted.length === 0 && values !== undefined) return { [`${name}_name`]: exampleFor(values, name, fullness) }
  return Object.fromEntries(wanted.map(([member, rule]) => [member, exampleFor(rule, member, fullness)]))
}
