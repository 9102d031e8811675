import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { getCatalogue, parseCatalogue, readCatalogue } from './catalogue.store.ts'
import { findImage, quotaOf, statusIn } from './catalogue.ts'
import { matchingProducts, renderZone } from './catalogue-answer.ts'

const parse = (text: string) => parseCatalogue(text, 'own.yaml')

const FLAVORS = 'flavors: [{ id: f, cpu: 2, memory: 4096 }]\n'
const PRODUCTS = `${FLAVORS}products: [{ product_id: p, flavor_id: f, sessions: 3 }]\n`

describe('a catalogue file', () => {
  it('replaces the sections that it has, and no other', () => {
    const catalogue = parse(PRODUCTS)
    const shipped = getCatalogue()
    assert.deepEqual(catalogue.products, [{ product_id: 'p', flavor_id: 'f', sessions: 3 }])
    assert.deepEqual(catalogue.images, shipped.images)
    assert.deepEqual(catalogue.quotas, shipped.quotas)
  })

  it('of nothing is the one that comes with Berth', () => {
    for (const text of ['', '# nothing\n', '{}']) assert.deepEqual(parse(text), getCatalogue())
  })

  it('is right as the reference page has it', () => {
    const page = readFileSync(new URL('../../docs/reference/catalogue.md', import.meta.url), 'utf8')
    const [, text = ''] = /```yaml\n([^`]+)```/.exec(page) ?? []
    assert.equal(parse(text).products.length, 2)
  })

  const MISTAKES: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    ['that is no YAML', 'flavors: [', /own\.yaml: Flow/],
    ['with a key twice', 'limits: {}\nlimits: {}', /keys must be unique/],
    ['that is a list', '[]', /own\.yaml: the document must be object/],
    ['with an unknown section', 'prices: []', /the document has the unknown field prices/],
    [
      'with an unknown field',
      'flavors: [{ id: f, cpu: 1, memory: 512, disk: 1 }]',
      /flavors\.0 has the unknown field disk/,
    ],
    ['without a field', 'flavors: [{ id: f, cpu: 1 }]', /flavors\.0 must have required/],
    ['with a number as text', 'flavors: [{ id: f, cpu: "1", memory: 512 }]', /flavors\.0\.cpu must be integer/],
    ['with a negative quota', 'quotas: { default: { instances: -1 } }', /quotas\.default/],
    [
      'with an unknown kind of disk',
      'volume_types: [{ volume_type: NVME, resource_spec_code: r, en_us: e, zh_cn: z }]',
      /volume_type must be one of ESSD/,
    ],
    [
      'with two packages of one id',
      `${FLAVORS}products:\n${'  - { product_id: p, flavor_id: f, sessions: 3 }\n'.repeat(2)}`,
      /products lists p twice/,
    ],
    [
      'with a package of no flavor',
      'products: [{ product_id: p, flavor_id: gone, sessions: 3 }]',
      /the flavor gone, which flavors does not list/,
    ],
    [
      'whose flavors leave a package of Berth without one',
      FLAVORS,
      /the product workspace\.\S+ has the flavor s2\.medium\.2/,
    ],
    [
      'with a status in no zone',
      `${FLAVORS}products: [{ product_id: p, flavor_id: f, sessions: 3, zones: { moon: sellout } }]`,
      /p names the zone moon/,
    ],
    [
      'with two default zones',
      'availability_zones: [{ name: a, en_us: A, zh_cn: A, default: true }, { name: b, en_us: B, zh_cn: B, default: true }]',
      /a and b are both the default zone/,
    ],
    ['that grows without end', `a: &a [x, x]\nb: &b [${'*a, '.repeat(60)}]\nc: [${'*b, '.repeat(60)}]`, /alias/],
  ]
  for (const [name, text, says] of MISTAKES) {
    it(`is refused: one ${name}`, () => assert.throws(() => parse(text), says))
  }

  it('that is not there is named', () => {
    assert.throws(() => readCatalogue('/nowhere/own.yaml'), /\/nowhere\/own\.yaml cannot be read \(ENOENT\)/)
  })
})

const TWO_ZONES = parse(`${FLAVORS}
availability_zones: [{ name: a, en_us: A, zh_cn: A, default: true }, { name: b, en_us: B, zh_cn: B }]
products:
  - { product_id: normal, flavor_id: f, sessions: 3 }
  - { product_id: half, flavor_id: f, sessions: 3, zones: { b: sellout } }
  - { product_id: only-b, flavor_id: f, sessions: 3, status: abandon, zones: { b: normal } }
  - { product_id: linux, flavor_id: f, sessions: 3, os_types: [Linux], architecture: arm }
quotas:
  default: { instances: 5, cores: 10, memory: 1024, volumes: 5, volume_gigabytes: 500, gpu_instances: 0 }
  projects: { big: { instances: 50 } }
`)

describe('the packages of a catalogue', () => {
  const namesOf = (query: object) => matchingProducts(TWO_ZONES, query).map(({ product_id }) => product_id)

  const QUERIES: readonly (readonly [name: string, query: object, names: readonly string[]])[] = [
    ['are all that are to be shown', {}, ['normal', 'half', 'linux']],
    ['are those of a zone', { availability_zone: 'b' }, ['normal', 'half', 'only-b', 'linux']],
    ['are those of a system', { os_type: 'Windows' }, ['normal', 'half']],
    ['are those of an architecture', { architecture: 'arm' }, ['linux']],
    ['are pay-per-use', { charge_mode: '0' }, ['normal', 'half', 'linux']],
    ['are never prepaid', { charge_mode: '1' }, []],
    ['are one by its id', { product_id: 'half' }, ['half']],
    ['are those of a flavor and a kind', { flavor_id: 'f', package_type: 'general' }, ['normal', 'half', 'linux']],
    ['are none of an unknown flavor', { flavor_id: 'g' }, []],
    ['are all for empty filters', { product_id: '', os_type: '' }, ['normal', 'half', 'linux']],
  ]
  for (const [name, query, names] of QUERIES) it(name, () => assert.deepEqual(namesOf(query), names))

  it('are sold out in a zone, or can be had there', () => {
    const [a, b] = TWO_ZONES.availability_zones.map((zone) => renderZone(TWO_ZONES, zone))
    assert.deepEqual([a?.sold_out.products, a?.product_ids], [[], ['normal', 'half', 'linux']])
    assert.deepEqual([b?.sold_out.products, b?.product_ids], [['half'], ['normal', 'only-b', 'linux']])
    assert.deepEqual([a?.default_availability_zone, b?.default_availability_zone], [true, false])
  })

  it('have the status of the zone only where one is said', () => {
    const half = TWO_ZONES.products[1] ?? assert.fail()
    assert.deepEqual(
      [statusIn(half, 'a'), statusIn(half, 'b'), statusIn(half, 'constructor')],
      ['normal', 'sellout', 'normal'],
    )
  })
})

it('a project has the quotas of all but for what is said of it', () => {
  assert.equal(quotaOf(TWO_ZONES, 'big').instances, 50)
  assert.equal(quotaOf(TWO_ZONES, 'big').cores, 10)
  for (const id of ['small', 'constructor', '__proto__'])
    assert.deepEqual(quotaOf(TWO_ZONES, id), TWO_ZONES.quotas.default)
})

it('an image that is not listed is not known', () => {
  assert.equal(findImage(getCatalogue(), 'b1d0c3f2-5a4e-4c7d-8e9f-0a1b2c3d4e5f')?.name, 'Berth session host')
  assert.equal(findImage(getCatalogue(), 'gone'), undefined)
})
