/** RFC 3339 (section 5.6): date, time and zone, all of them. */
const INSTANT =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/**
 * The instant that a text names, to the millisecond. Undefined where it names none: it has no zone, the month has no such
 * day, the year in UTC is not one of 1 to 9999. A leap second is the second after it.
 */
export function parseInstant(text: string): Date | undefined {
  const [, date = '', minutes = '', second = '', fraction = '', zone = ''] =
    INSTANT.exec(text) ?? []
  if (date === '' || !isDay(date)) return undefined

  const isLeap = second === '60'
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  const at = Date.parse(
    `${date}T${minutes}:${isLeap ? '59' : second}.${milliseconds}${zone.toUpperCase()}`,
  )
  const instant = new Date(isLeap ? at + 1000 : at)
  const year = instant.getUTCFullYear()
  return year >= 1 && year <= 9999 ? instant : undefined
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}
