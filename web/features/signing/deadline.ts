/** Deadlines as the browser's field for a date and time has them: in the local time zone, without seconds. */

const twoDigits = (value: number) => String(value).padStart(2, '0')

export function toDateTimeInput(iso: string): string {
  const date = new Date(iso)
  const day = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`
  return `${day}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
}

/** @returns null for an empty or incomplete field */
export function toIsoTime(input: string): string | null {
  const date = new Date(input)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
