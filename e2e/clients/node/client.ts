// Plays steps with the core of the official Node SDK: one JSON line per step on stdin, one per answer on stdout. There is
// no package of this service for Node, so what its classes would say of an operation is read from the contract.
import { createInterface } from 'node:readline'
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js'
import { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js'
import { DefaultHttpClient } from '@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js'
import { type Logger, LogLevel } from '@huaweicloud/huaweicloud-sdk-core/logger/index.js'
import { Region } from '@huaweicloud/huaweicloud-sdk-core/region/region.js'
import { OPERATIONS } from '../../../contract/operations/index.ts'
import type { Said, Step } from '../play.ts'

const { BERTH_ENDPOINT: endpoint = '', BERTH_REGION: region = '', BERTH_PROJECT_ID: projectId = '' } = process.env
const { BERTH_ACCESS_KEY: accessKey = '', BERTH_SECRET_KEY: secretKey = '' } = process.env
const { BERTH_DERIVED_SERVICE: derivedService = '' } = process.env

const silent = () => {}
const logger: Logger = {
  ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, setLevel: silent, setName: silent },
  getLevel: () => LogLevel.ERROR,
}

/** As the SDK's own builder puts it together; that one needs a package which the SDK forgets to name. */
function openClient(): HcClient {
  const derivedPredicate = (request: object) =>
    derivedService !== '' && BasicCredentials.getDefaultDerivedPredicate(request)
  const credential = new BasicCredentials({ ak: accessKey, sk: secretKey, derivedPredicate, iamEndpoint: endpoint })
  if (derivedService !== '') credential.processDerivedAuthParams(derivedService, region)
  if (projectId !== '') credential.withProjectId(projectId)
  const client = new HcClient(new DefaultHttpClient({ logger }, [endpoint]))
  return client.withCredential(credential).withRegion(new Region(region, endpoint)).withEndpoints([endpoint])
}

type SdkRequest = Parameters<HcClient['sendRequest']>[0]

function requestOf(step: Step): SdkRequest {
  const operation = OPERATIONS.find(({ id }) => id === step.do)
  if (!operation) throw new Error(`there is no operation ${step.do}`)
  const { body, ...parameters } = step.with
  const inPath = (name: string) => operation.path.includes(`{${name}}`)
  const pick = (wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(parameters).filter(([name]) => wanted(name)))
  return {
    method: operation.method,
    // the SDK puts the project in itself
    url: operation.path,
    contentType: 'application/json',
    headers: {},
    pathParams: pick(inPath),
    queryParams: pick((name) => !inPath(name)),
    ...(body === undefined ? {} : { data: body as Record<string, unknown> }),
  }
}

async function play(client: HcClient, step: Step): Promise<Said> {
  try {
    const { httpStatusCode, ...result } = (await client.sendRequest(requestOf(step))) as Answer
    return { ok: true, status: httpStatusCode, result }
  } catch (error) {
    const { httpStatusCode: status, errorCode: code, errorMsg: message, requestId } = error as Refusal
    if (status === undefined) throw error
    return { ok: false, status, code: code ?? '', message: message ?? '', requestId: requestId ?? '' }
  }
}

interface Answer {
  readonly httpStatusCode: number
  readonly [member: string]: unknown
}

interface Refusal {
  readonly httpStatusCode?: number
  readonly errorCode?: string
  readonly errorMsg?: string
  readonly requestId?: string
}

const client = openClient()
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await play(client, JSON.parse(line)))}\n`)
}
