/** One line of the report: a figure, the goal, and how it was taken. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The figure must be at most (or at least) this. */
  readonly goal: { readonly kind: 'at most' | 'at least'; readonly value: number }
  readonly how: string
}

export const isReached = ({ value, goal }: Figure): boolean =>
  goal.kind === 'at most' ? value <= goal.value : value >= goal.value

export const formatFigures = (figures: readonly Figure[]): string =>
  [
    '| figure | measured | goal | reached | how |',
    '|---|---|---|---|---|',
    ...figures.map(
      (figure) =>
        `| ${figure.name} | ${round(figure.value)} ${figure.unit} | ${figure.goal.kind} ${figure.goal.value} ${figure.unit} | ${isReached(figure) ? 'yes' : '**no**'} | ${figure.how} |`,
    ),
  ].join('\n')

const round = (value: number): number => (Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100)
