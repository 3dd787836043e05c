import type { Reading } from '../sections/section-types.ts'

const width = 320
const height = 84
const padding = 6

/** A figure over time, as a line chart. */
export function LineChart({ name, unit, readings }: { name: string; unit: string; readings: Reading[] }) {
  const points = readings.map(({ on, value }) => ({ at: Date.parse(on), value })).filter(({ at }) => !Number.isNaN(at))
  if (points.length < 2)
    return <p className="section-panel-empty">{points.length === 0 ? 'No reading yet.' : 'One reading; a line takes two.'}</p>
  const times = points.map(({ at }) => at)
  const values = points.map(({ value }) => value)
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const [low, high] = [Math.min(0, ...values), Math.max(...values)]
  const x = (at: number) => padding + ((width - 2 * padding) * (at - first)) / (last - first || 1)
  const y = (value: number) => height - padding - ((height - 2 * padding) * (value - low)) / (high - low || 1)
  const linePoints = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const label = `${name} from ${readings[0]?.on} to ${readings.at(-1)?.on}: ${values.map((value) => value.toLocaleString()).join(', ')} ${unit}`
  return (
    <svg className="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polygon className="chart-area" points={`${x(first)},${y(low)} ${linePoints} ${x(last)},${y(low)}`} />
      <polyline className="chart-line" points={linePoints} />
      {points.map(({ at, value }) => (
        <circle key={`${at} ${value}`} className="chart-point" cx={x(at)} cy={y(value)} r="3" />
      ))}
    </svg>
  )
}
