import type Dockerode from 'dockerode'
import { ExecutionFailure } from '../execution-failure.ts'
import { messageOf, statusOf } from './engine.ts'

/** Bridge of Tidemill's containers: apart from the default one, where everything else of the host runs. */
const DEFAULT_NETWORK = 'tidemill'

/** Creates the default network when it is missing; one that the operator named must be there. */
export const ensureNetwork = async (docker: Dockerode, name: string | undefined): Promise<string> => {
  const wanted = name ?? DEFAULT_NETWORK
  if ((await findGateway(docker, wanted)) !== undefined) return wanted
  if (name !== undefined) return name
  try {
    await docker.createNetwork({ Name: wanted, Driver: 'bridge', CheckDuplicate: true, Labels: { tidemill: 'true' } })
  } catch (error) {
    // Another worker was quicker.
    if (statusOf(error) !== 409) {
      throw new ExecutionFailure('infra_failed', 'docker', `Cannot create the network '${wanted}': ${messageOf(error)}`)
    }
  }
  return wanted
}

/** The host's address on a bridge network. Undefined: there is no such network, or it has none. */
export const findGateway = async (docker: Dockerode, name: string): Promise<string | undefined> => {
  try {
    const { IPAM } = await docker.getNetwork(name).inspect()
    return IPAM?.Config?.find((config) => config['Gateway'] !== undefined)?.['Gateway']
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}
