import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { generatedFiles, pathOf } from './generate.ts'

for (const [file, text] of generatedFiles()) {
  it(`${file} is what the contract makes; npm run gen writes it`, () => {
    assert.equal(readFileSync(pathOf(file), 'utf8'), text)
  })
}
