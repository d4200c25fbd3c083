import { createHmac } from 'node:crypto'

/** The headers of one delivery; `secret` signs them. `at` in ms since the epoch. */
export const deliveryHeaders = (options: {
  readonly deliveryId: string
  readonly at: number
  readonly payload: string
  readonly secret?: string
}): Record<string, string> => {
  const timestamp = String(Math.floor(options.at / 1000))
  return {
    'content-type': 'application/json',
    'x-mlflow-delivery-id': options.deliveryId,
    'x-mlflow-timestamp': timestamp,
    ...(options.secret === undefined
      ? {}
      : {
          'x-mlflow-signature': `v1,${createHmac('sha256', options.secret)
            .update(`${options.deliveryId}.${timestamp}.${options.payload}`)
            .digest('base64')}`,
        }),
  }
}
