import { fromKysely, type JobResult, PgBoss } from 'pg-boss'
import type { Database, Db } from '#db'
import type { Log } from '#kernel'

/**
 * One kind of durable work. The payload is ids only: it is a promise to a later process.
 * Handlers may run more than once and at the same time as another replica's; rows and constraints sort that out.
 */
export interface Work {
  readonly name: string
  readonly retryLimit: number
  /** Seconds after which an attempt whose process died is given to another. */
  readonly expireInSeconds: number
  /** Of work that takes much memory a process does one piece at a time. */
  readonly isOneAtATime?: boolean
}

export interface Payload {
  readonly id: string
}

export interface Queue {
  /** Adds work inside the caller's transaction: it exists if and only if that commits. */
  enqueue(trx: Db, work: Work, payloads: readonly Payload[]): Promise<void>
  /** Starts handling. Called once per kind of work, from `compose.ts`. */
  handle(work: Work, handler: (id: string) => Promise<void>): Promise<void>
  /** Stops fetching, lets running handlers end, closes the connections of the queue. */
  stop(): Promise<void>
}

const BATCH = 20
const CONCURRENCY = 2

/** NOTIFY wakes a worker at once; polling is the safety net for a notification that got lost. */
const POLLING_SECONDS = 2

export async function openQueue(database: Database, kinds: readonly Work[], log: Log): Promise<Queue> {
  const boss = new PgBoss({ ...database.bossOptions, useListenNotify: true, schedule: false })
  boss.on('error', (error) => log.warn({ error: error.message }, 'the job queue met an error and goes on'))
  await boss.start()
  for (const { name, retryLimit, expireInSeconds } of kinds) {
    await boss.createQueue(name, { retryLimit, retryBackoff: true, retryDelay: 1, expireInSeconds, notify: true })
  }
  return {
    enqueue: async (trx, { name }, payloads) => {
      const jobs = payloads.map((data) => ({ data }))
      await boss.insert(name, jobs, { db: fromKysely(trx) })
    },
    handle: async ({ name, isOneAtATime = false }, handler) => {
      const options = {
        batchSize: isOneAtATime ? 1 : BATCH,
        localConcurrency: isOneAtATime ? 1 : CONCURRENCY,
        pollingIntervalSeconds: POLLING_SECONDS,
        notifyPollingIntervalSeconds: POLLING_SECONDS,
        burstWhenBatchFull: true,
        perJobResults: true,
      } as const
      await boss.work<Payload>(name, options, (batch) => runBatch(batch, handler, log))
    },
    stop: async () => {
      await boss.stop({ graceful: true, timeout: 10_000 })
    },
  }
}

interface Delivered {
  readonly id: string
  readonly data: Payload
}

/** One bad job of a batch fails alone and comes back alone. */
function runBatch(batch: readonly Delivered[], handler: (id: string) => Promise<void>, log: Log): Promise<JobResult[]> {
  return Promise.all(
    batch.map(async ({ id, data }): Promise<JobResult> => {
      try {
        await handler(data.id)
        return { id, status: 'completed' }
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        log.warn({ workId: data.id, error: message }, 'durable work failed and will be repeated')
        return { id, status: 'failed', output: { message } }
      }
    }),
  )
}
