import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Db } from '#db'
import { AppError, type Clock, type Log, secondsAfter } from '#kernel'
import { ERRORS } from '../../contract/errors.ts'
import { beginAnswer, dropAnswer, keepAnswer, pruneSomeAnswers } from './first-answer.store.ts'
import type { RawRequest } from './principal.ts'

const DAY_SECONDS = 24 * 3600

/** Live keys; of two at the border both may be let in. Nobody takes all of a project. */
const MOST_KEYS = { ofUser: 1_000, ofProject: 10_000 }

/**
 * Answers to writes are ids and small things; one that is longer is not kept, and then a repeat is told that. So the
 * answers of a user never take more than 16 MiB.
 */
const MOST_BODY_BYTES = 16 * 1024

/** A request under a key, once it may be done. */
export interface KeyedRequest {
  readonly projectId: string
  /** Whose key it is: two callers never share one. */
  readonly caller: string
  /** Of the caller: an agency has one, in however many sessions. */
  readonly userId: string
  readonly key: string
  readonly request: RawRequest
  /** Of success. */
  readonly status: number
}

export interface KeptAnswer {
  readonly status: number
  readonly body: unknown
  readonly isRepeated: boolean
}

/**
 * Does the work of a key at most once (decision 0050). The row of the key is committed before the work begins. A refusal
 * has changed nothing and gives the key back; success keeps the answer; anything else, a dead process among it, leaves the
 * key without an answer, and then nobody does the work again.
 */
export interface FirstAnswers {
  once(request: KeyedRequest, work: () => Promise<unknown>): Promise<KeptAnswer>
}

export interface FirstAnswerDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
}

const KEY = /^[\x21-\x7e]{1,255}$/

/** Undefined without the header. */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && KEY.test(key)) return key
  throw new AppError('http.invalid', { where: 'header Idempotency-Key', detail: 'has not 1 to 255 visible characters' })
}

export function createFirstAnswers(deps: FirstAnswerDeps): FirstAnswers {
  const { db, clock } = deps
  return {
    once: async (request, work) => {
      const now = clock.now()
      const place = { projectId: request.projectId, caller: request.caller, key: request.key }
      const fingerprint = fingerprintOf(request.request)
      const begun = { ...place, userId: request.userId, fingerprint, now, expiresAt: secondsAfter(now, DAY_SECONDS) }
      await pruneSomeAnswers(db, now)
      const found = await beginAnswer(db, begun, MOST_KEYS)
      if (found === 'ofUser') throw exhausted('The caller', MOST_KEYS.ofUser)
      if (found === 'ofProject') throw exhausted('This project', MOST_KEYS.ofProject)
      if (found !== 'begun') {
        const facts = { begunAt: found.begunAt.toISOString() }
        if (found.fingerprint !== fingerprint) throw new AppError('http.key_differs', facts)
        if (found.status === null) throw new AppError('http.key_in_use', facts)
        return {
          status: found.status,
          body: found.body === null ? undefined : JSON.parse(found.body),
          isRepeated: true,
        }
      }
      const body = await workOrGiveBack(deps, place, work)
      await keep(deps, place, request.status, body)
      return { status: request.status, body, isRepeated: false }
    },
  }
}

function exhausted(whose: string, limit: number): AppError {
  return new AppError('http.keys_exhausted', { whose, limit })
}

type Place = Pick<KeyedRequest, 'projectId' | 'caller' | 'key'>

async function workOrGiveBack({ db }: FirstAnswerDeps, place: Place, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && ERRORS[error.word].status < 500) await dropAnswer(db, place)
    throw error
  }
}

/** The work is done and is answered so, whatever becomes of this: a repeat then hears that there is no answer. */
async function keep({ db, log }: FirstAnswerDeps, place: Place, status: number, body: unknown): Promise<void> {
  const text = body === undefined ? null : JSON.stringify(body)
  if (text !== null && Buffer.byteLength(text) > MOST_BODY_BYTES) return
  try {
    await keepAnswer(db, place, { status, body: text })
  } catch (error) {
    log.warn({ error: String(error) }, 'the answer to a request with an Idempotency-Key could not be kept')
  }
}

/** Method, path with query, and body, byte by byte. */
function fingerprintOf({ method, requestTarget, body }: RawRequest): string {
  return createHash('sha256').update(`${method} ${requestTarget}\n`).update(body).digest('hex')
}
