/** Background load of row `large`: sends the same request several times at once. Prints the milliseconds of the slowest, or `failed <status>`. */
import { sendRequest } from '../../test/support/client.ts'

const [url = '', token = '', method = '', path = '', count = '', body] = process.argv.slice(2)

const began = performance.now()
const headers = { authorization: `Bearer ${token}` }
const answers = await Promise.all(Array.from({ length: Number(count) }, () => sendRequest(url, method, path, body, headers)))
const failed = answers.find(({ status }) => status !== 200)
console.log(failed ? `failed ${failed.status}` : Math.round(performance.now() - began))
process.stdin.on('end', () => process.exit()).resume()
