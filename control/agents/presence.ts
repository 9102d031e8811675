import type { Db } from '#db'
import { type Clock, type Log, secondsAfter } from '#kernel'
import { giveUpSilent, recordHeard, type Wanted } from './presence.store.ts'

/** What is asked of a connection. */
export interface Heard {
  /** Whether its agent gave a sign of life since this was last asked. */
  takeHeard(): boolean
  /** Sends what is wanted if it has not sent this: the word of a change may have got lost. */
  catchUp(wanted: Wanted): void
  /** Ends it: its server is deleted, or the key it was proved with is void. The word of that may have got lost, too. */
  cutOff(): void
}

export interface PresenceDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  /** A server whose agent was not heard for so long is no longer shown as ready. */
  readonly silenceSeconds: number
  /** The connections of this replica, by server. */
  readonly links: ReadonlyMap<string, Heard>
}

export const BEAT_MS = 10_000

/** A pause between two beats beyond this one is a gap: the database or this process was away. */
const GAP_MS = 3 * BEAT_MS

/**
 * Who is there. Each beat notes whom this replica has heard and gives up whom nobody has. It gives up nobody before it
 * has beaten without a gap for as long as an agent may be silent: after a start, or after the database was away, the
 * agents must first have had the time to be heard.
 */
export class Presence {
  readonly #deps: PresenceDeps
  #beatAt: number
  #steadySince: number

  constructor(deps: PresenceDeps) {
    this.#deps = deps
    this.#beatAt = deps.clock.now().getTime()
    this.#steadySince = this.#beatAt
  }

  /** Rejects when the database does. */
  async beat(): Promise<void> {
    const { db, clock, links, log, silenceSeconds } = this.#deps
    const at = clock.now()
    if (at.getTime() - this.#beatAt > GAP_MS) this.#steadySince = at.getTime()
    // those of now: one that comes while the database answers is proved with a newer key
    const heard = new Map([...links].filter(([, link]) => link.takeHeard()))
    const wanted = new Map((await recordHeard(db, [...heard.keys()], at)).map((each) => [each.server_id, each]))
    for (const [serverId, link] of heard) {
      const ofServer = wanted.get(serverId)
      if (ofServer) link.catchUp(ofServer)
      else link.cutOff()
    }
    this.#beatAt = at.getTime()
    if (at.getTime() - this.#steadySince < silenceSeconds * 1000) return
    for (const serverId of await giveUpSilent(db, secondsAfter(at, -silenceSeconds), at)) {
      log.warn({ serverId, silenceSeconds }, 'an agent is silent; its server is no longer shown as ready')
    }
  }
}

export interface Pulse {
  close(): Promise<void>
}

/** Beats until it is closed; a failure is logged once and the next beat tries again. */
export function startPulse(presence: Pick<Presence, 'beat'>, log: Log, everyMs = BEAT_MS): Pulse {
  let isFailing = false
  let beating = Promise.resolve()
  let timer: NodeJS.Timeout
  let closed = false
  const beat = async () => {
    try {
      await presence.beat()
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ error: String(error) }, 'it cannot be noted which agents are there; trying again')
      isFailing = true
    }
    if (!closed) schedule()
  }
  const schedule = () => {
    timer = setTimeout(() => {
      beating = beat()
    }, everyMs)
  }
  schedule()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await beating
    },
  }
}
