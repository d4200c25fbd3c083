import { formatFinding, InvalidProjectError, type Finding } from '@tidemill/core'
import type { Place } from './node.ts'

/** More findings than this say the same again. */
const MAX_FINDINGS = 100
/** Values of the document stand in messages. */
const MAX_MESSAGE_LENGTH = 600

/** Collects everything that is wrong with one document, so that one round mends it all. */
export class Report {
  readonly file: string
  readonly findings: Finding[] = []
  readonly warnings: string[] = []

  constructor(file: string) {
    this.file = file
  }

  error(place: Place | undefined, message: string, hint?: string): void {
    this.findings.push(this.#toFinding(place, message, hint))
  }

  /** Something that does not stop the run. */
  warn(place: Place | undefined, message: string, hint?: string): void {
    if (this.warnings.length < MAX_FINDINGS) this.warnings.push(formatFinding(this.#toFinding(place, message, hint)))
  }

  /** Takes over what a document that this one names had to say. */
  include(other: Report): void {
    this.findings.push(...other.findings)
    this.warnings.push(...other.warnings)
  }

  get hasFindings(): boolean {
    return this.findings.length > 0
  }

  /** Every finding in document order. */
  toError(): InvalidProjectError {
    const sorted = this.findings.toSorted(byPlace)
    const shown = sorted.slice(0, MAX_FINDINGS)
    const rest = sorted.length - shown.length
    return new InvalidProjectError('The project is not valid:', [
      ...shown,
      ...(rest === 0 ? [] : [{ file: this.file, message: `and ${rest} more`, hint: 'mend these first' }]),
    ])
  }

  #toFinding(place: Place | undefined, message: string, hint: string | undefined): Finding {
    return {
      file: this.file,
      ...(place === undefined ? {} : { line: place.line, column: place.column }),
      message: message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}...` : message,
      ...(hint === undefined ? {} : { hint }),
    }
  }
}

const byPlace = (a: Finding, b: Finding): number =>
  a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) : 0
