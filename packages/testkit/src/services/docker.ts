import Dockerode from 'dockerode'
import type { Service } from './service.ts'

/** The Docker Engine that `DOCKER_HOST` or the default socket names. */
export const findDocker = async (): Promise<Service> => {
  try {
    await new Dockerode().ping()
    return { isAvailable: true, url: process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock' }
  } catch (error) {
    return { isAvailable: false, reason: `no Docker Engine answers: ${String(error)}` }
  }
}
