// Tests that need a capability: skipped on a binding without it, with the binding's reason in the title.
import { backend, type Capabilities } from 'com-cancel'
import { describe } from 'vitest'

export function describeWhere(capability: keyof Capabilities, title: string, tests: () => void): void {
  const answer = backend.capabilities[capability]
  if (answer === true) describe(title, tests)
  else describe.skip(`${title} (${backend.kind}: ${answer})`, tests)
}
