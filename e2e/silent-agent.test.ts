import assert from 'node:assert/strict'
import { storyDatabase } from './support/database.ts'
import type { Program } from './support/program.ts'
import { openSite } from './support/site.ts'
import { chapter, type Stage, story } from './support/stage.ts'
import { until } from './support/wait.ts'

/** The shortest that can be configured, in seconds. */
const SILENCE = 60

story('servers whose hosts are gone are no longer shown as ready', { onPgliteOnly: true }, async (stage, t) => {
  const programs: Program[] = []
  const watched: Stage = {
    ...stage,
    start: (spec) => {
      const program = stage.start(spec)
      programs.push(program)
      return program
    },
  }
  const plain = await storyDatabase(stage)
  const database = { ...plain, environment: { ...plain.environment, BERTH_SILENCE_SECONDS: String(SILENCE) } }
  const site = await openSite(watched, { servers: 2, database })
  const hosts = programs[0]
  const control = await site.startControl()
  await site.client.allRegistered()

  await chapter(t, 'they are given up after the time they may be silent, and not before', async () => {
    await hosts?.end('SIGKILL')
    const goneAt = performance.now()
    await until(
      'every server is given up',
      async () => (await site.client.servers()).every((server) => server.status === 'NONE'),
      (SILENCE + 50) * 1000,
    )
    const tookSeconds = (performance.now() - goneAt) / 1000
    // the hosts had up to ten seconds to answer a ping before they went
    assert.ok(tookSeconds > SILENCE - 12, `given up after ${Math.round(tookSeconds)} s`)
    assert.equal(control.log.filter((line) => line.includes('an agent is silent')).length, site.serverIds.length)
  })
})
