import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { chapter, story } from './support/stage.ts'

const ROOT = join(import.meta.dirname, '..')
const { dependencies, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Every Node that runs tells its version and its script, whoever starts it. */
const TRACE = "console.error('ran', process.version, process.argv[1])"

interface Run {
  readonly stdout: string
  /** Version of each Node that ran the command line itself. */
  readonly ranOn: readonly string[]
}

/** A machine on which nothing of this clone is found: the Node and npm of whoever runs the tests, and no settings. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cache)$)|INIT_CWD$|NODE_)/.test(name),
  )
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return {
    ...Object.fromEntries(own),
    PATH: path.join(delimiter),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TRACE)}`,
  }
}

const LIMIT_MS = 120_000

async function run(cwd: string, file: string, ...args: readonly string[]): Promise<Run> {
  const options = { cwd, env: strangersEnvironment(), timeout: LIMIT_MS, maxBuffer: 16 * 1024 * 1024 }
  const { stdout, stderr } = await promisify(execFile)(file, args, options)
  const ranOn = [...stderr.matchAll(/^ran v(\S+) .*\/cli\/main\.js$/gm)].map(([, ranVersion = '']) => ranVersion)
  return { stdout, ranOn }
}

const play: Parameters<typeof story>[2] = async (stage, t) => {
  const app = join(stage.folder, 'app')
  mkdirSync(app)
  const berth = join(app, 'node_modules', '.bin', 'berth')

  await chapter(t, 'is packed from a clone without test code, and installed into an empty folder', async () => {
    await run(ROOT, 'npm', 'pack', '--pack-destination', stage.folder)
    const tarball = join(stage.folder, `berth-${version}.tgz`)
    await run(app, 'npm', 'install', '--prefix', app, '--prefer-offline', '--no-audit', '--no-fund', tarball)
    const files = readdirSync(join(app, 'node_modules/berth'), { recursive: true, encoding: 'utf8' })
    assert.deepEqual(
      files.filter((file) => /\.ts$|\.test\.|testing/.test(file)),
      [],
    )
  })

  await chapter(t, 'tells its commands, on the Node that it brings along', async () => {
    const { stdout, ranOn } = await run(app, 'npx', 'berth', '--help')
    assert.match(stdout, /^berth: every app-streaming session its own IP address$/m)
    assert.deepEqual(ranOn, [dependencies.node])
  })

  await chapter(t, 'proves the main job', async () => {
    const options = ['--once', '--hosts', 'memory', '--port', '0', '--data', join(stage.folder, 'data')]
    const { stdout, ranOn } = await run(app, berth, 'start', ...options)
    assert.match(stdout, /^Proven: 6 sessions, 6 addresses, each its own\.$/m)
    assert.deepEqual(ranOn, [dependencies.node])
  })

  await chapter(t, 'says what to do where npm was not allowed to bring that Node', async () => {
    rmSync(join(app, 'node_modules/node/bin'), { recursive: true })
    await assert.rejects(run(app, berth, '--help'), /did not run the install script .* npm rebuild node/)
  })
}

story('the package', { onPgliteOnly: true }, play)
