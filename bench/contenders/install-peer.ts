import { join } from 'node:path'
import { installPackages } from '@tidemill/testkit'

export const PEER_VERSIONS = { mlflow: '3.17.2', fasttrackml: '0.6.0' } as const

/** Folder of the peer's programs: a virtual environment in the tests' cache. Throws when it cannot be installed. */
export const installPeer = async (peer: keyof typeof PEER_VERSIONS): Promise<string> => {
  const version = PEER_VERSIONS[peer]
  const directory =
    peer === 'mlflow'
      ? await installPackages(`mlflow-${version}-psycopg2`, [`mlflow==${version}`, 'psycopg2-binary'])
      : await installPackages(`fasttrackml-${version}`, [`fasttrackml==${version}`])
  if (directory === undefined) throw new Error(`${peer} ${version} could not be installed: is PyPI reachable?`)
  return join(directory, 'bin')
}
