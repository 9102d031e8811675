import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Environment, parseConfig, SERVE_OPTIONS } from './config.ts'

function configOf(environment: Environment) {
  const { values } = parseArgs({ args: [], options: SERVE_OPTIONS })
  return parseConfig(values, environment)
}

describe('seconds from the environment', () => {
  it('have defaults', () => {
    assert.equal(configOf({}).agents.silenceSeconds, 90)
    assert.equal(configOf({}).quarantineSeconds, 900)
    assert.equal(configOf({}).metricsSeconds, 180 * 86_400)
  })

  it('are taken down to the least that is safe', () => {
    assert.equal(configOf({ BERTH_SILENCE_SECONDS: '60' }).agents.silenceSeconds, 60)
    assert.equal(configOf({ BERTH_QUARANTINE_SECONDS: '120' }).quarantineSeconds, 120)
    assert.equal(configOf({ BERTH_METRICS_SECONDS: '259200' }).metricsSeconds, 259_200)
  })

  for (const text of ['59', '60.5', '-90', '', 'soon']) {
    it(`are refused by name when they are '${text}'`, () => {
      assert.throws(() => configOf({ BERTH_SILENCE_SECONDS: text }), /BERTH_SILENCE_SECONDS must be .* at least 60/)
      assert.throws(() => configOf({ BERTH_QUARANTINE_SECONDS: text }), /BERTH_QUARANTINE_SECONDS must be .* least 120/)
      assert.throws(() => configOf({ BERTH_METRICS_SECONDS: text }), /BERTH_METRICS_SECONDS must be .* least 259200/)
    })
  }
})

describe('the catalogue', () => {
  const catalogueOf = (...args: readonly string[]) =>
    parseConfig(parseArgs({ args: [...args], options: SERVE_OPTIONS }).values, {}).catalogue

  it('is the one that comes with Berth unless a file is named', () => assert.equal(catalogueOf(), null))

  it('is read from the file, which has to be there', () => {
    const shipped = fileURLToPath(new URL('./fleet/catalogue.yaml', import.meta.url))
    assert.equal(catalogueOf('--catalog', shipped)?.products.length, 4)
    assert.throws(() => catalogueOf('--catalog', '/nowhere.yaml'), /\/nowhere\.yaml cannot be read/)
  })
})
