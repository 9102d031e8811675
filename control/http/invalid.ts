/** One finding of the validator, as JSON Schema names it. */
interface Finding {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

/** `items[0].id` out of `/items/0/id`. */
function placeOf(instancePath: string): string {
  return instancePath
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((segment) => (/^\d+$/.test(segment) ? `[${segment}]` : `.${segment}`))
    .join('')
    .replace(/^\./, '')
}

const KINDS: Readonly<Record<string, string>> = {
  boolean: 'a boolean, true or false without quotes',
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  array: 'an array',
  object: 'an object',
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ').slice(0, 120) : String(value)
}

type Params = Readonly<Record<string, unknown>>

const RULES: Readonly<Record<string, (params: Params) => string>> = {
  type: (params) => `must be ${KINDS[String(params.type)] ?? String(params.type)}`,
  required: (params) => `lacks ${listed(params.requiredProperties)}`,
  additionalProperties: (params) => `has the unknown field ${listed(params.additionalProperties)}; remove it`,
  // said of each unknown field on its own; the validator stops counting before it lists a crowd of them
  boolean: () => 'is unknown; remove it',
  minItems: (params) => `needs at least ${params.limit} entries`,
  maxItems: (params) => `takes at most ${params.limit} entries; split the request`,
  minLength: (params) => `must not be shorter than ${params.limit} characters`,
  maxLength: (params) => `must not be longer than ${params.limit} characters`,
  minimum: (params) => `must be at least ${params.limit}`,
  maximum: (params) => `must be at most ${params.limit}`,
  enum: (params) => `must be one of ${listed(params.allowedValues)}`,
  pattern: () => 'contains characters that are not allowed',
  uniqueItems: () => 'repeats an entry',
}

const FIRST_SAID = ['additionalProperties', 'boolean']

/**
 * An unknown field is said first: a misspelt name is the likelier mistake than the missing one it leaves behind.
 * Values of the caller are never repeated, names are shortened.
 */
export function describeInvalid(findings: readonly Finding[], where: string): Params {
  const said = FIRST_SAID.map((first) => findings.find(({ keyword }) => keyword === first))
  const finding = said.find((one) => one !== undefined) ?? findings[0]
  if (!finding) return { where, detail: 'does not fit its schema' }
  const place = placeOf(finding.instancePath)
  const detail = (RULES[finding.keyword] ?? (() => finding.message))(finding.params as Params)
  return { where: place === '' ? where : `${where} ${place}`.slice(0, 80), detail }
}
