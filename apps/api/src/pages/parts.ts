import { type Html, html, type Part } from './html.ts'

/** A state in its colour. */
export const stateBadge = (state: string): Html =>
  html`<span class="state ${state.toLowerCase()}">${state.replaceAll('_', ' ')}</span>`

/** A command or an id to copy. */
export const copyable = (text: string): Html => html`<div class="line"><pre>${text}</pre></div>`

/** UTC, because the server does not know where the reader is; the page's script shows it in the reader's zone. */
export const timeOf = (time: number | undefined): Html | undefined => {
  if (time === undefined) return undefined
  const date = new Date(time)
  // Clients may log any number as a time.
  if (Number.isNaN(date.getTime())) return html`${time}`
  const iso = date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}

/** How long it took, or has taken so far; empty before the start. */
export const durationOf = ({
  startedAt,
  endedAt,
}: {
  readonly startedAt?: number
  readonly endedAt?: number
}): string => {
  if (startedAt === undefined) return ''
  const ms = Math.max(0, (endedAt ?? Date.now()) - startedAt)
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Names and values; those without a value are left out. */
export const facts = (entries: Readonly<Record<string, Part>>): Html =>
  html`<dl>
    ${Object.entries(entries).flatMap(([name, value]) =>
      value === undefined || value === ''
        ? []
        : [
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
          ],
    )}
  </dl>`

/** A titled part of a page. */
export const card = (title: string, content: Html): Html =>
  html`<section class="card">
    <h2>${title}</h2>
    ${content}
  </section>`

/** Rows of cells under `columns`, whose names label the cells where the screen is too narrow for a table. */
export const table = (columns: readonly string[], rows: readonly (readonly Part[])[]): Html =>
  html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th>${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, index) => renderCell(columns[index] ?? '', cell))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`

const renderCell = (column: string, cell: Part): Html =>
  cell === undefined || cell === '' ? html`<td></td>` : html`<td data-label="${column}">${cell}</td>`
