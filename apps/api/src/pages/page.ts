import type { FastifyRequest } from 'fastify'
import type { Need } from '../auth/needs.ts'
import type { AppContext } from '../context.ts'
import { toErrorAnswer } from '../errors.ts'
import { type Access, type Endpoint, rawEndpoint } from '../http/endpoint.ts'
import { PAGE_HEADERS } from '../http/security-headers.ts'
import { type Html, html } from './html.ts'

export interface PageContent {
  readonly title: string
  readonly body: Html
}

/** A page of our own, written on the server. What the reader did wrong is a page too, with the status of the API. */
export const page = (definition: {
  readonly path: string
  readonly access: Access
  /** As of `rawEndpoint`. */
  readonly needs?: (request: FastifyRequest) => readonly Need[]
  readonly render: (request: FastifyRequest, context: AppContext) => Promise<PageContent>
}): Endpoint =>
  rawEndpoint({
    id: 'N14',
    method: 'GET',
    path: definition.path,
    access: definition.access,
    ...(definition.needs === undefined ? {} : { needs: definition.needs }),
    isHeadable: true,
    handle: async (request, reply, context) => {
      const content = await definition.render(request, context).catch((error: unknown) => {
        const { status, body } = toErrorAnswer(error, request.id)
        if (status >= 500) throw error
        reply.code(status)
        return renderRefusal(status, body.message)
      })
      return reply
        .headers({ ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' })
        .send(renderDocument(content).markup)
    },
  })

const renderRefusal = (status: number, message: string): PageContent => {
  const title = status === 404 ? 'Not found' : 'This does not work'
  return {
    title,
    body: html`<h1>${title}</h1>
      <p class="alert">${message}</p>
      <p><a href="/">Workflow runs</a></p>`,
  }
}

const renderDocument = ({ title, body }: PageContent): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title === 'Tidemill' ? title : `${title} · Tidemill`}</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/page.css" />
        <script src="/page.js" defer></script>
      </head>
      <body>
        <header class="bar">
          <div>
            <a class="brand" href="/"><img src="/icon.svg" alt="" />Tidemill</a>
            <nav>
              <a href="/">Workflow runs</a>
              <a href="/api/tidemill/v1/workers">Workers</a>
              <a href="/api/tidemill/v1/queue">Queue</a>
              <a href="/ready">Status</a>
              <a href="/openapi.json">API</a>
            </nav>
          </div>
        </header>
        <main>${body}</main>
      </body>
    </html> `
