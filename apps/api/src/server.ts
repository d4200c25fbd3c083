import { createApp } from './app.ts'
import type { AppServices } from './context.ts'
import { type FrontDoor, openFrontDoor } from './front-door.ts'

export interface RunningServer extends AsyncDisposable {
  /** Where clients on this machine reach it. */
  readonly url: string
}

/**
 * Listens until disposed; the services stay the caller's. Throws ResourceConflictError when the port is taken.
 * Disposal takes at most a second.
 */
export const startServer = async (services: AppServices): Promise<RunningServer> => {
  await using stack = new AsyncDisposableStack()
  const door = stack.use(await openFrontDoor(services.config))
  stack.use(await serveThrough(door, services))
  const owned = stack.move()
  return { url: door.url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Puts the application behind a door that listens already. Disposal ends its streams; the door stays the caller's. */
export const serveThrough = async (door: FrontDoor, services: AppServices): Promise<AsyncDisposable> => {
  const app = createApp(services, door)
  await app.ready()
  door.open((request, response) => app.routing(request, response))
  if (door.isPublic && services.guard.isOpen) {
    services.logger.warn(
      { host: services.config.host },
      'the server is reachable from other machines and asks nobody who they are: keep it behind a firewall or an authenticating proxy',
    )
  }
  return { [Symbol.asyncDispose]: () => app.close() }
}
