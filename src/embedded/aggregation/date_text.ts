/**
 * Texts of dates with the year first, as the manual has them for `$toDate`: a day, or a day and a time, with an offset,
 * a `Z` or, for UTC, nothing behind it.
 */
const form =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d{1,9}))?)?)?\s?(?<zone>Z|[-+]\d{2}(?::?\d{2})?)?$/i

export function parseDate(text: string): Date | undefined {
  const parts = form.exec(text)?.groups
  if (parts === undefined) return undefined
  const part = (name: string): number => Number(parts[name] ?? '0')
  const month = part('month')
  const milliseconds = Math.floor(Number(`0.${parts['fraction'] ?? '0'}`) * 1000)
  const date = new Date(0)
  date.setUTCFullYear(part('year'), month - 1, part('day'))
  date.setUTCHours(part('hour'), part('minute'), part('second'), milliseconds)
  const dayExists = month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === part('day')
  if (!dayExists || part('hour') > 23 || part('minute') > 59 || part('second') > 59) return undefined
  const zone = parts['zone'] ?? 'Z'
  return new Date(date.getTime() - (offsetMinutes(zone) ?? 0) * 60_000)
}

/** Minutes east of Greenwich; undefined for what is no offset. */
export function offsetMinutes(zone: string): number | undefined {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 0
  const parts = /^(?<sign>[-+])(?<hours>\d{2})(?::?(?<minutes>\d{2}))?$/.exec(zone)?.groups
  if (parts === undefined) return undefined
  const minutes = Number(parts['hours']) * 60 + Number(parts['minutes'] ?? '0')
  return parts['sign'] === '-' ? -minutes : minutes
}
