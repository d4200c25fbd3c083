import { type Endpoint, rawEndpoint } from '../http/endpoint.ts'
import { PAGE_HEADERS } from '../http/security-headers.ts'

const STYLESHEET = `:root {
  color-scheme: light dark;
  --ink: #17212b; --soft: #5b6b7b; --line: #dfe5ea; --paper: #f7f9fb; --card: #fff; --accent: #0b6e75;
  --good: #1b7f4b; --bad: #b3261e; --busy: #0b63b0; --idle: #6b7785;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #98a6b3; --line: #2c3640; --paper: #0f1419; --card: #171e25; --accent: #5cc7ce;
    --good: #5fd08f; --bad: #ff8a80; --busy: #78b8f5; --idle: #9aa7b4;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 72rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; color: var(--accent) }
h2 { margin: 0 0 .75rem; font-size: 1.1rem }
header p, .counts, .empty { margin: .25rem 0 1rem; color: var(--soft) }
section { margin-top: 1.5rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
pre { margin: .25rem 0 1rem; padding: .7rem .9rem; overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; font: .9rem/1.4 ui-monospace, monospace; user-select: all }
.scroll { overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-size: .92rem }
th { text-align: left; color: var(--soft); font-weight: 600; white-space: nowrap }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td { overflow-wrap: anywhere }
small { display: block; color: var(--soft) }
a { color: var(--accent) }
.state { font-size: .8rem; font-weight: 600; white-space: nowrap; color: var(--idle) }
.state::before { content: "●"; margin-right: .4em }
.succeeded { color: var(--good) }
.failed, .timed_out { color: var(--bad) }
.running, .cancelling { color: var(--busy) }
footer { margin-top: 1.5rem; display: flex; flex-wrap: wrap; gap: 1.25rem; font-size: .9rem }
`

/** Replaces the live part of the page, so that a selection elsewhere survives a refresh. */
const SCRIPT = `const live = document.getElementById('live')
const refresh = async () => {
  if (document.hidden) return
  const answer = await fetch('/', { cache: 'no-store' })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const next = page.getElementById('live')
  if (next) live.replaceChildren(...next.childNodes)
}
setInterval(() => refresh().catch(() => undefined), 3000)
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

export const homeFiles: readonly Endpoint[] = [
  file('/home.css', 'text/css; charset=utf-8', STYLESHEET),
  file('/home.js', 'text/javascript; charset=utf-8', SCRIPT),
]
