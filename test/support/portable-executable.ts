// Reads what a Windows binary is made for, what it imports and what it exports. Format: Microsoft's "PE Format".
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
  return {
    machine: data.readUInt16LE(header),
    imports: dlls(directory(1), 20, 12),
    delayImports: dlls(directory(13), 32, 4),
    exports: exportTable(),
    subsystem: data.readUInt16LE(optional + 68),
  }
}
