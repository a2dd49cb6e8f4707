// A pointer that can't be passed: it was released, or belongs to another apartment.
import type { HRESULT } from '../../../binding'

export class PointerRefusal extends Error {
  readonly hresult: HRESULT

  constructor(hresult: HRESULT) {
    super('a pointer can not be passed')
    this.hresult = hresult
  }
}
