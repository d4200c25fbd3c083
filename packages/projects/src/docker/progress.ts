import { createInterface } from 'node:readline'

/** One message of a pull or build, as far as it is of use. */
export interface ProgressMessage {
  readonly status?: string
  readonly id?: string
  readonly stream?: string
  readonly error?: string
  readonly imageId?: string
}

/** The JSON lines of a pull or build. */
export async function* readProgress(stream: NodeJS.ReadableStream): AsyncGenerator<ProgressMessage> {
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() === '') continue
    const message: unknown = JSON.parse(line)
    if (typeof message === 'object' && message !== null) yield toMessage(new Map(Object.entries(message)))
  }
}

const toMessage = (fields: ReadonlyMap<string, unknown>): ProgressMessage => {
  const text = (name: string) => {
    const value = fields.get(name)
    return typeof value === 'string' ? { [name]: value } : {}
  }
  const aux: unknown = fields.get('aux')
  const imageId = typeof aux === 'object' && aux !== null && 'ID' in aux ? aux.ID : undefined
  return {
    ...text('status'),
    ...text('id'),
    ...text('stream'),
    ...text('error'),
    ...(typeof imageId === 'string' ? { imageId } : {}),
  }
}
