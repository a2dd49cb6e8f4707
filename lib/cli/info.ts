// The command `info`: prints the binding in use.
import { backend } from '../index'

export const info = (): void => {
  console.log(
    `binding  ${backend.kind}\nhost     ${backend.host}\nprogram  ${backend.architecture}\n\nentry points`,
  )
  for (const [name, provider] of Object.entries(backend.entryPoints))
    console.log(`  ${name.padEnd(26)} ${provider}`)
  console.log('\ncapabilities')
  for (const [name, can] of Object.entries(backend.capabilities))
    console.log(`  ${name.padEnd(26)} ${can === true ? 'yes' : `no: ${can}`}`)
}
