import { connect } from 'node:net'
import { withoutPassword } from '../config.ts'
import type { Check } from './check.ts'

const LIMIT_MS = 3_000

/** Whether something accepts connections at the host and port of the URI; it is not logged in to. */
export const checkReachable = async (
  name: string,
  uri: string,
  defaultPort: number,
  advice: string,
): Promise<Check> => {
  const shown = withoutPassword(uri)
  const { hostname, port } = new URL(uri)
  const host = hostname === '' ? 'localhost' : hostname.replace(/^\[|\]$/g, '')
  const problem = await tryToConnect(host, port === '' ? defaultPort : Number(port))
  return problem === undefined
    ? { name, status: 'ok', detail: shown }
    : { name, status: 'missing', detail: `${shown} does not answer: ${problem}`, advice }
}

const tryToConnect = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: LIMIT_MS })
    const end = (problem: string | undefined): void => {
      socket.destroy()
      resolve(problem)
    }
    socket.once('connect', () => end(undefined))
    socket.once('timeout', () => end(`nothing within ${LIMIT_MS / 1000} s`))
    socket.once('error', (error) => end(error.message === '' ? error.name : error.message))
  })
