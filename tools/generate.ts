import { readFileSync, writeFileSync } from 'node:fs'
import { renderOpenapi } from '../contract/openapi.ts'
import { renderCompatibilityPage } from './compatibility-page.ts'
import { renderErrorPage } from './error-page.ts'

/** Everything that is made from the contract; checked in, and compared by a test. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return new Map([
    ['contract/openapi.json', `${JSON.stringify(renderOpenapi(version), null, 1)}\n`],
    ['docs/reference/errors.md', renderErrorPage()],
    ['docs/reference/compatibility.md', renderCompatibilityPage()],
  ])
}

export function pathOf(file: string): URL {
  return new URL(`../${file}`, import.meta.url)
}

if (import.meta.main) {
  for (const [file, text] of generatedFiles()) writeFileSync(pathOf(file), text)
}
