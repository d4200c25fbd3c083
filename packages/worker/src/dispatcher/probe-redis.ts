/** Logs in, pings, and answers the server's version; changes nothing. Rejects with the driver's error. */
export const probeRedis = async (url: string, timeoutMs: number): Promise<string> => {
  const { Redis: Client } = await import('ioredis')
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  const failed = Promise.withResolvers<never>()
  // The cause comes as an event; the command itself only says that the connection is closed.
  client.on('error', failed.reject)
  try {
    const probe = async (): Promise<string> => {
      await client.connect()
      await client.ping()
      return /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1] ?? ''
    }
    return await Promise.race([probe(), failed.promise])
  } finally {
    client.disconnect()
  }
}
