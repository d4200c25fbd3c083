/** Of all pages. Colours follow the reader's light or dark setting; tables turn into cards on a narrow screen. */
export const STYLESHEET = `:root {
  color-scheme: light dark;
  --ink: #17212b; --soft: #5a6877; --line: #dde4ea; --paper: #f5f8fa; --card: #fff; --accent: #0b6e75; --tint: #e6f2f2;
  --good: #1b7f4b; --bad: #b3261e; --busy: #0b63b0; --idle: #66727f; --wait: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #98a6b3; --line: #2a343e; --paper: #0e1317; --card: #161d24; --accent: #5cc7ce; --tint: #12282b;
    --good: #5fd08f; --bad: #ff8a80; --busy: #78b8f5; --idle: #9aa7b4; --wait: #f0b75a;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
a { color: var(--accent); text-decoration: none }
a:hover { text-decoration: underline }
code, pre, .id { font: .86rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
.bar { background: var(--card); border-bottom: 1px solid var(--line) }
.bar > div, main { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem }
.bar > div { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1.5rem; min-height: 3.5rem; padding-block: .4rem }
.brand { display: flex; align-items: center; gap: .55rem; font-size: 1.15rem; font-weight: 700; letter-spacing: -.01em; color: var(--ink) }
.brand:hover { text-decoration: none }
.brand img { width: 1.6rem; height: 1.6rem }
.bar nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-left: auto; font-size: .9rem }
.bar nav a { color: var(--soft) }
main { padding-block: 1.75rem 4rem }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.02em; overflow-wrap: anywhere }
h2 { margin: 0 0 .75rem; font-size: 1.05rem }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere }
.lead { max-width: 46rem; margin: .4rem 0 0; color: var(--soft) }
.crumbs { margin: 0 0 .4rem; font-size: .88rem; color: var(--soft); overflow-wrap: anywhere }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem }
.card { margin-top: 1.25rem; padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .7rem }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.25rem; margin-top: 1.25rem; align-items: start }
.columns > .card { margin-top: 0; min-width: 0 }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .25rem 1rem; margin-bottom: .6rem }
.head h2 { margin: 0 }
.soft, small { color: var(--soft) }
small { display: block; font-size: .85rem }
.card p { margin: 0 0 .35rem }
.line { position: relative; margin: 0 0 .9rem }
.line:last-child { margin-bottom: 0 }
.line pre { margin: 0; padding: .6rem 4.6rem .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--paper); border: 1px solid var(--line); border-radius: .45rem; user-select: all }
.line button { position: absolute; top: .35rem; right: .35rem; padding: .15rem .55rem; border: 1px solid var(--line); border-radius: .35rem; background: var(--card); color: var(--soft); font: inherit; font-size: .8rem; cursor: pointer }
.line button:hover { color: var(--accent); border-color: var(--accent) }
.scroll { overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-size: .92rem }
th { padding: 0 1rem .4rem 0; text-align: left; font-size: .78rem; font-weight: 600; letter-spacing: .03em; color: var(--soft); white-space: nowrap; border-bottom: 1px solid var(--line) }
td { padding: .55rem 1rem .55rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
tr:last-child td { border-bottom: 0 }
.fixed { white-space: nowrap }
.number { font-variant-numeric: tabular-nums }
.why { margin-top: .15rem; white-space: pre-wrap; color: var(--bad); font-size: .85rem }
.empty { padding: 1.6rem 1rem; text-align: center; color: var(--soft); background: var(--paper); border: 1px dashed var(--line); border-radius: .5rem }
.state { display: inline-flex; align-items: center; gap: .4em; padding: .1rem .6rem .1rem .5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .78rem; font-weight: 600; line-height: 1.4; white-space: nowrap; color: var(--idle) }
.state::before { content: ""; width: .55em; height: .55em; border-radius: 50%; background: currentColor }
.progress { display: flex; flex-wrap: wrap; gap: 3px; margin-top: .3rem }
.progress :where(i) { width: 1.1rem; height: .35rem; border-radius: .2rem; background: currentColor; color: var(--line) }
.succeeded, .finished { color: var(--good) }
.failed, .timed_out, .infra_failed, .lost { color: var(--bad) }
.running, .leased, .preparing, .executing, .finalizing { color: var(--busy) }
.cancelling, .paused, .backoff, .killed, .upstream_failed { color: var(--wait) }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: .8rem 1.5rem; margin: 0 }
dt { font-size: .78rem; font-weight: 600; letter-spacing: .03em; color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
.alert { margin-top: 1.25rem; padding: .8rem 1.1rem; border: 1px solid var(--bad); border-left-width: .3rem; border-radius: .5rem; background: var(--card); white-space: pre-wrap; overflow-wrap: anywhere }
summary { cursor: pointer; color: var(--soft); font-size: .9rem }
@media (max-width: 44rem) {
  .bar nav { margin-left: 0 }
  main { padding-block: 1.25rem 3rem }
  thead { display: none }
  table, tbody, tr, td { display: block }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line) }
  tr:last-child { border-bottom: 0 }
  td { padding: .15rem 0; border: 0 }
  td:empty { display: none }
  td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: .8rem }
}
`
