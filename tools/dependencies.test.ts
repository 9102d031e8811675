import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

interface Manifest {
  readonly license?: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
}

const manifest: Manifest = JSON.parse(read('package.json'))
const ROW = /^\| `([^`]+)` \| ([^|]+) \| .+ \|$/gm

/** Package and licence of each row below a heading. */
function rowsBelow(heading: string): readonly (readonly [string, string])[] {
  const section = read('docs/reference/dependencies.md').split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(ROW)].map(([, name = '', licence = '']) => [name, licence.trim()] as const)
}

function declared(names: readonly string[]): readonly (readonly [string, string | undefined])[] {
  return names.map((name) => {
    const { license }: Manifest = JSON.parse(read(`node_modules/${name}/package.json`))
    return [name, license] as const
  })
}

describe('the page of dependencies', () => {
  it('has a row for each package of the program, with its licence, and no other', () => {
    assert.deepEqual(rowsBelow('At run time'), declared(Object.keys(manifest.dependencies)))
  })

  it('has a row for each package of development, with its licence, and no other', () => {
    assert.deepEqual(rowsBelow('For development'), declared(Object.keys(manifest.devDependencies)))
  })

  it('can say "pinned": no version is a range', () => {
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/)
    }
  })
})

describe('the packages of the official clients and of the fuzzer', () => {
  const STATED: readonly (readonly [file: string, line: RegExp, name: (found: string) => string])[] = [
    ['e2e/clients/python/requirements.txt', /^(huaweicloudsdkworkspaceapp)==\d+\.\d+\.\d+$/m, (found) => found],
    ['e2e/clients/schemathesis/requirements.txt', /^(schemathesis)==\d+\.\d+\.\d+$/m, (found) => found],
    ['e2e/clients/go/go.mod', /^require (\S+) v\d+\.\d+\.\d+$/m, (found) => found],
    [
      'e2e/clients/java/pom.xml',
      /<artifactId>(huaweicloud-sdk-workspaceapp)<\/artifactId>\s*<version>\d+\.\d+\.\d+<\/version>/,
      (found) => `com.huaweicloud.sdk:${found}`,
    ],
  ]

  it('are on the page, each pinned to one version', () => {
    const stated = STATED.map(([file, line, name]) => name(line.exec(read(file))?.[1] ?? `not in ${file}`))
    assert.deepEqual(
      rowsBelow('For the stories with official clients, and the fuzzer').map(([name]) => name),
      stated,
    )
  })

  it('bring nothing that is not pinned in Python either', () => {
    for (const name of ['python', 'schemathesis']) {
      for (const line of read(`e2e/clients/${name}/requirements.txt`).trim().split('\n')) {
        assert.match(line, /^[\w-]+==[\w.]+$/)
      }
    }
  })
})
