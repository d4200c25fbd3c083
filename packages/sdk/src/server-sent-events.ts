export interface ServerSentEvent {
  /** `message` when the server named none. */
  readonly event: string
  readonly data: string
  readonly id?: string
}

/** Characters of one event: bounds the memory that a server can make us use. */
const MAX_EVENT_CHARS = 1_000_000

/**
 * The events of a `text/event-stream` body (WHATWG HTML §9.2.6). Comments are skipped, a last event without its
 * blank line is dropped. `onChunk` is called for all that arrives, comments included. Throws on an event above 1 MB.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  onChunk: () => void,
): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let buffer = ''
  let fields: EventFields = noFields()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onChunk()
      buffer += decoder.decode(value, { stream: true })
      const lines = buffer.split(/\r\n|\n|\r(?=[^\n])/)
      buffer = lines.pop() ?? ''
      for (const line of lines) {
        if (line === '') {
          const event = toEvent(fields)
          fields = noFields()
          if (event !== undefined) yield event
        } else {
          fields = withLine(fields, line)
        }
      }
      if (buffer.length > MAX_EVENT_CHARS)
        throw new Error(`An event of the server is longer than ${MAX_EVENT_CHARS} characters`)
    }
  } finally {
    // Also when the caller stops early: ends the connection.
    await reader.cancel().catch(() => undefined)
  }
}

interface EventFields {
  readonly event?: string
  readonly id?: string
  readonly data: readonly string[]
}

const noFields = (): EventFields => ({ data: [] })

const withLine = (fields: EventFields, line: string): EventFields => {
  const colon = line.indexOf(':')
  const name = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
  switch (name) {
    case 'event':
      return { ...fields, event: value }
    case 'id':
      return { ...fields, id: value }
    case 'data':
      return { ...fields, data: [...fields.data, value] }
    default:
      return fields
  }
}

const toEvent = (fields: EventFields): ServerSentEvent | undefined =>
  fields.data.length === 0 && fields.event === undefined
    ? undefined
    : {
        event: fields.event ?? 'message',
        data: fields.data.join('\n'),
        ...(fields.id === undefined ? {} : { id: fields.id }),
      }
