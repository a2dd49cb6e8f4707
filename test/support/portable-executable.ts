// Reads what a Windows binary is made for, how it is loaded, what it imports and exports, and its version resource.
// Formats: Microsoft's "PE Format", and "VS_VERSIONINFO".
import { readFileSync } from 'node:fs'

export interface PortableExecutable {
  /** IMAGE_FILE_MACHINE_…: 0x14c is I386, 0x8664 is AMD64, 0xaa64 is ARM64. */
  machine: number
  /** The modules that the loader needs, in lower case. */
  imports: string[]
  /** Those that are looked for when they are first used. */
  delayImports: string[]
  exports: string[]
  /** IMAGE_SUBSYSTEM_…: 2 is WINDOWS_GUI, 3 is WINDOWS_CUI. */
  subsystem: number
  /** IMAGE_DLLCHARACTERISTICS_…: how the file may be loaded. */
  loading: { dynamicBase: boolean; dataExecutionPrevention: boolean; highEntropy: boolean; guardCF: boolean }
  /** When it was linked, in seconds since 1970; 0 in reproducible files. */
  timestamp: number
  /** The number of entries of the debug directory, which name the file of debug symbols. */
  debugEntries: number
  /** The strings of the version resource: FileVersion, ProductName. */
  version: Record<string, string>
}

export const readPortableExecutable = (file: string): PortableExecutable => {
  const data = readFileSync(file)
  const header = data.readUInt32LE(0x3c) + 4
  const optional = header + 20
  const directories = optional + (data.readUInt16LE(optional) === 0x20b ? 112 : 96)
  const sections = Array.from({ length: data.readUInt16LE(header + 2) }, (_, n) => {
    const section = optional + data.readUInt16LE(header + 16) + n * 40
    return {
      address: data.readUInt32LE(section + 12),
      size: data.readUInt32LE(section + 16),
      offset: data.readUInt32LE(section + 20),
    }
  })
  /** Where in the file that is, whose address in memory is given. */
  const at = (address: number): number => {
    const section = sections.find(each => address >= each.address && address < each.address + each.size)
    if (!section) throw new RangeError(`${file}: no section has the address ${address}`)
    return address - section.address + section.offset
  }
  const text = (address: number): string => {
    const start = at(address)
    return data.toString('latin1', start, data.indexOf(0, start))
  }
  const directory = (n: number): number => data.readUInt32LE(directories + n * 8)
  /** The names in a table of DLLs, which an entry without a name ends. */
  const dlls = (table: number, entrySize: number, nameAt: number): string[] => {
    const names: string[] = []
    for (let entry = table && at(table); entry; entry += entrySize) {
      const name = data.readUInt32LE(entry + nameAt)
      if (name === 0) break
      names.push(text(name).toLowerCase())
    }
    return names
  }

  const exportTable = (): string[] => {
    if (directory(0) === 0) return []
    const table = at(directory(0))
    const names = at(data.readUInt32LE(table + 32))
    return Array.from({ length: data.readUInt32LE(table + 24) }, (_, n) =>
      text(data.readUInt32LE(names + n * 4)),
    )
  }
  /** The data of the first resource of a type. A tree: types, names, languages. */
  const resource = (type: number): Buffer | undefined => {
    if (directory(2) === 0) return undefined
    const start = at(directory(2))
    let table = start
    for (const id of [type, undefined, undefined]) {
      const named = data.readUInt16LE(table + 12)
      const entries = Array.from(
        { length: named + data.readUInt16LE(table + 14) },
        (_, n) => table + 16 + n * 8,
      )
      const entry = entries.find(each => id === undefined || data.readUInt32LE(each) === id)
      if (entry === undefined) return undefined
      // The highest bit says that a table follows.
      table = start + (data.readUInt32LE(entry + 4) & 0x7fff_ffff)
    }
    const offset = at(data.readUInt32LE(table))
    return data.subarray(offset, offset + data.readUInt32LE(table + 4))
  }
  /** Each string is a structure: its length, that of its value, a type, the name, and the value on a multiple of 4. */
  const versionStrings = (): Record<string, string> => {
    const VERSION = 16
    const info = resource(VERSION)
    if (!info) return {}
    const utf16 = (offset: number): string => {
      let end = offset
      while (end + 1 < info.length && info.readUInt16LE(end) !== 0) end += 2
      return info.toString('utf16le', offset, end)
    }
    const aligned = (offset: number): number => (offset + 3) & ~3
    /** Where what follows the name of a structure begins. */
    const behindName = (offset: number): number => aligned(offset + 6 + (utf16(offset + 6).length + 1) * 2)
    const children = (offset: number, first: number): number[] => {
      const found: number[] = []
      const end = offset + info.readUInt16LE(offset)
      for (let child = first; child < end; child = aligned(child + info.readUInt16LE(child)))
        found.push(child)
      return found
    }
    // The root's value is VS_FIXEDFILEINFO; below StringFileInfo there is one table for each language.
    const parts = children(0, aligned(behindName(0) + info.readUInt16LE(2)))
    const tables = parts
      .filter(part => utf16(part + 6) === 'StringFileInfo')
      .flatMap(part => children(part, behindName(part)))
    return Object.fromEntries(
      tables
        .flatMap(table => children(table, behindName(table)))
        .map(each => [utf16(each + 6), utf16(behindName(each))]),
    )
  }

  const characteristics = data.readUInt16LE(optional + 70)
  return {
    machine: data.readUInt16LE(header),
    imports: dlls(directory(1), 20, 12),
    delayImports: dlls(directory(13), 32, 4),
    exports: exportTable(),
    subsystem: data.readUInt16LE(optional + 68),
    loading: {
      dynamicBase: (characteristics & 0x40) !== 0,
      dataExecutionPrevention: (characteristics & 0x100) !== 0,
      highEntropy: (characteristics & 0x20) !== 0,
      guardCF: (characteristics & 0x4000) !== 0,
    },
    timestamp: data.readUInt32LE(header + 4),
    debugEntries: data.readUInt32LE(directories + 6 * 8 + 4) / 28,
    version: versionStrings(),
  }
}
