/**
 * Of all pages; everything works without it. Replaces the live part while it says so, shows times in the reader's
 * zone, adds copy buttons where the browser allows them, and follows the links that MLflow's clients print
 * (`/#/experiments/1/runs/<id>`; the part behind `#` never reaches the server).
 */
export const SCRIPT = `const followHash = () => {
  const run = /^#\\/experiments\\/\\d+\\/runs\\/([0-9A-Za-z][\\w-]{0,255})(?:\\/|$)/.exec(location.hash)
  if (run) location.replace('/runs/' + run[1])
}
addEventListener('hashchange', followHash)
followHash()

const showTimes = (root) => {
  for (const time of root.querySelectorAll('time')) time.textContent = new Date(time.dateTime).toLocaleString()
}
showTimes(document)

if (navigator.clipboard) {
  for (const line of document.querySelectorAll('.line')) {
    const button = document.createElement('button')
    button.textContent = 'Copy'
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(line.querySelector('pre').textContent)
      button.textContent = 'Copied'
      setTimeout(() => { button.textContent = 'Copy' }, 1500)
    })
    line.append(button)
  }
}

const refresh = async () => {
  const live = document.getElementById('live')
  if (document.hidden || !live?.dataset.refresh) return
  const answer = await fetch(location.href, { cache: 'no-store' })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const next = page.getElementById('live')
  if (!next) return
  showTimes(next)
  live.replaceWith(next)
}
setInterval(() => refresh().catch(() => undefined), 3000)
`
