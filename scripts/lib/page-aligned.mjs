// @ts-check
// Moves the sections of a Windows program to page boundaries of its file, where Wine maps them.

import { readFileSync, writeFileSync } from 'node:fs'

const PAGE = 4096
const PE32_PLUS = 0x20b
const CERTIFICATES = 4

/** @param {number} size */
const pages = size => Math.ceil(size / PAGE) * PAGE

/**
 * Linkers place sections at multiples of 512 bytes. Wine then reads the whole program into each process, which takes most
 * of the start of a node.exe of 90 MB. What is in memory stays the same; the signature goes, as it is one of the file.
 * The format: https://learn.microsoft.com/windows/win32/debug/pe-format
 * @param {string} file
 */
export function alignToPages(file) {
  const source = readFileSync(file)
  const header = source.readUInt32LE(0x3c)
  const optional = header + 24
  const directories = optional + (source.readUInt16LE(optional) === PE32_PLUS ? 112 : 96)
  const table = optional + source.readUInt16LE(header + 20)
  const sizeOfHeaders = source.readUInt32LE(optional + 60)

  const headers = Buffer.alloc(pages(sizeOfHeaders))
  source.copy(headers, 0, 0, sizeOfHeaders)
  headers.writeUInt32LE(PAGE, optional + 36) // FileAlignment
  headers.writeUInt32LE(headers.length, optional + 60)
  headers.fill(0, directories + 8 * CERTIFICATES, directories + 8 * (CERTIFICATES + 1))

  const parts = [headers]
  let length = headers.length
  for (let i = 0; i < source.readUInt16LE(header + 6); i++) {
    const section = table + 40 * i
    const size = source.readUInt32LE(section + 16)
    if (size === 0) continue
    const start = source.readUInt32LE(section + 20)
    const part = Buffer.alloc(pages(size))
    source.copy(part, 0, start, start + size)
    headers.writeUInt32LE(part.length, section + 16)
    headers.writeUInt32LE(length, section + 20)
    parts.push(part)
    length += part.length
  }
  writeFileSync(file, Buffer.concat(parts))
}
