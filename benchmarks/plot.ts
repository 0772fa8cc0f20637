import { ratioTo, type RowResult } from './results.ts'

const rowHeight = 22
const barHeight = 12
const labelWidth = 300
const scaleWidth = 480
const margin = 30

/**
 * A picture of the ratios to the official driver, as SVG: a bar for the median, a line for the range, a mark for what must
 * be reached and a dotted one for the aim.
 */
export function ratioPlot(rows: readonly RowResult[]): string {
  const drawn = rows.flatMap(row => {
    const spread = row.workload.judgedBy === 'cpuUS' ? ratioTo('mongodb', row) : undefined
    return spread === undefined ? [] : [{ ...row.workload, spread }]
  })
  const most = Math.max(0.5, ...drawn.map(({ spread }) => spread.max))
  const x = (ratio: number): string => (labelWidth + (ratio / most) * scaleWidth).toFixed(1)
  const height = margin * 2 + drawn.length * rowHeight
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth + scaleWidth + margin}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${labelWidth}" y="18">CPU for an operation, as a share of the official driver's: less is better</text>`
  ]
  for (let tick = 0; tick <= most; tick += 0.1) {
    const bottom = height - margin
    lines.push(
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${margin}" y2="${bottom}" stroke="#ddd"/>`,
      `<text x="${x(tick)}" y="${bottom + 16}" text-anchor="middle">${tick.toFixed(1)}</text>`
    )
  }
  for (const [index, { title, spread, target = {} }] of drawn.entries()) {
    const top = margin + index * rowHeight + (rowHeight - barHeight) / 2
    const bottom = top + barHeight
    const middle = top + barHeight / 2
    const missed = target.mustRatio !== undefined && spread.median > target.mustRatio
    const width = Number(x(spread.median)) - labelWidth
    lines.push(
      `<text x="${labelWidth - 8}" y="${bottom - 2}" text-anchor="end">${title}</text>`,
      `<rect x="${labelWidth}" y="${top}" width="${width.toFixed(1)}" height="${barHeight}" fill="${missed ? '#d9853b' : '#3b7dd9'}"/>`,
      `<line x1="${x(spread.min)}" x2="${x(spread.max)}" y1="${middle}" y2="${middle}" stroke="black"/>`
    )
    const mark = (ratio: number | undefined, dashes: string): void => {
      if (ratio === undefined) return
      const place = `x1="${x(ratio)}" x2="${x(ratio)}" y1="${top - 3}" y2="${bottom + 3}"`
      lines.push(`<line ${place} stroke="black" stroke-width="2"${dashes}/>`)
    }
    mark(target.mustRatio, '')
    mark(target.aimRatio, ' stroke-dasharray="2 2"')
  }
  return `${[...lines, '</svg>'].join('\n')}\n`
}
