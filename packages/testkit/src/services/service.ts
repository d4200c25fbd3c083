import type {} from 'vitest'

/** A service that tests need: where it is, or why there is none. */
export type Service =
  | { readonly isAvailable: true; readonly url: string }
  | { readonly isAvailable: false; readonly reason: string }

export interface StartedService {
  readonly service: Service
  stop(): Promise<void>
}

export const unavailable = (reason: string): StartedService => ({
  service: { isAvailable: false, reason },
  stop: async () => undefined,
})

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of each service, or why its tests are skipped. */
    services: Record<'postgres' | 'redis' | 'docker', Service>
  }
}
