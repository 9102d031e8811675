import { request } from 'node:http'

/** What `systemctl reboot` is to a real host: asks the provider to reboot the machine this runs on. */
const [socketPath = '', serverId = ''] = process.argv.slice(2)
const asked = request({ socketPath, method: 'POST', path: `/machines/${encodeURIComponent(serverId)}/reboot` })
asked.on('response', (response) => {
  response.resume()
  process.exitCode = response.statusCode === 202 ? 0 : 1
})
asked.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
asked.end()
