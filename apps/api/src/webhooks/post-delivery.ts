import type { Egress, EgressAnswer } from './egress.ts'
import type { SecretBox } from './secret-box.ts'
import { deliveryHeaders } from './sign-delivery.ts'

/** Signs the payload with the webhook's secret, if it has one, and POSTs it once. Throws when there is no answer. */
export const postDelivery = async (
  { egress, secrets }: { readonly egress: Egress; readonly secrets: SecretBox },
  delivery: {
    readonly deliveryId: string
    readonly url: string
    readonly payload: string
    readonly sealedSecret?: Uint8Array
  },
  signal: AbortSignal,
): Promise<EgressAnswer> => {
  const { deliveryId, url, payload, sealedSecret } = delivery
  const headers = deliveryHeaders({
    deliveryId,
    payload,
    at: Date.now(),
    ...(sealedSecret === undefined ? {} : { secret: secrets.open(sealedSecret) }),
  })
  return egress.post(url, payload, headers, signal)
}
