import { type Endpoint, rawEndpoint } from '../http/endpoint.ts'
import { PAGE_HEADERS } from '../http/security-headers.ts'
import { SCRIPT } from './script.ts'
import { STYLESHEET } from './stylesheet.ts'

/** A mill wheel over water. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#14919b" stroke-width="2.6" stroke-linecap="round">
<circle cx="16" cy="13" r="8.5"/><path d="M16 2v22M5 13h22M8.2 5.2l15.6 15.6M23.8 5.2 8.2 20.8"/>
<path d="M2 28.5c2.4-2.4 4.6-2.4 7 0s4.6 2.4 7 0 4.6-2.4 7 0 4.6 2.4 7 0"/></svg>
`

const file = (path: string, contentType: string, content: string): Endpoint =>
  rawEndpoint({
    id: 'N14',
    method: 'GET',
    path,
    access: 'public',
    isHeadable: true,
    handle: async (_request, reply) =>
      reply.headers({ ...PAGE_HEADERS, 'cache-control': 'max-age=300', 'content-type': contentType }).send(content),
  })

export const pageFiles: readonly Endpoint[] = [
  file('/page.css', 'text/css; charset=utf-8', STYLESHEET),
  file('/page.js', 'text/javascript; charset=utf-8', SCRIPT),
  file('/icon.svg', 'image/svg+xml', ICON),
]
