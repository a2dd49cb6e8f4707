// The call context of a served call, as CoGetCallContext returns it to the method that runs (S1 to S3, S7).
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { CancelMethods } from './cancel-methods'
import { CountedObject } from './counted-object'
import type { LiveObjects } from './live-objects'

export class CallContext extends CountedObject implements CancelMethods {
  readonly #testCancel: () => HRESULT

  constructor(live: LiveObjects, testCancel: () => HRESULT) {
    super(live)
    this.#testCancel = testCancel
  }

  override get kind(): string {
    return 'a call context'
  }

  override get cancelMethods(): CancelMethods {
    return this
  }

  /** Only the client can cancel. */
  cancel(): HRESULT {
    return HResult.E_NOTIMPL
  }

  testCancel(): HRESULT {
    return this.#testCancel()
  }
}
