// Finds the nearest of a list of names, for messages about an unknown name.

/**
 * The number of edits that turn one text into the other: to insert, delete or replace a character, or to swap two
 * neighbors (the optimal string alignment distance).
 */
const distance = (a: string, b: string): number => {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced)
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

const LONGEST = 100

/** The name that `name` was probably meant to be, undefined when none is near. Ignores case. */
export const nearest = (name: string, names: Iterable<string>): string | undefined => {
  if (name.length > LONGEST) return undefined
  const wanted = name.toLowerCase()
  let found: string | undefined
  // A short name may differ in fewer characters.
  let most = Math.min(3, Math.ceil(name.length / 3))
  for (const each of names) {
    if (Math.abs(each.length - name.length) > most) continue
    const edits = distance(wanted, each.toLowerCase())
    if (edits > most || (edits === most && found !== undefined)) continue
    found = each
    most = edits
  }
  return found
}
