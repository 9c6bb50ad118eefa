const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `512 B`, `31 MiB`, `1.5 GiB`. */
export function bytes(count: number): string {
  let amount = count
  let unit = 0
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024
    unit++
  }
  const text = unit === 0 || amount >= 10 ? amount.toFixed(0) : amount.toFixed(1)
  return `${text.replace(/\.0$/, '')} ${UNITS[unit]}`
}
