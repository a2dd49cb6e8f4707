// The stack of cancel objects of a thread (rules O), and cancel objects that JavaScript makes.
import {
  CancelObject,
  type CancelRequest,
  coCancelCall,
  coGetCancelObject,
  coSetCancelObject,
  getCurrentThreadId,
  HResult,
  IID_ICancelMethodCalls,
  IID_IUnknown,
  raw,
  wait,
} from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { describeWhere } from '../support/capability'
import { createUnknown, leaveNothingBehind, nothingPending, objects, own, startThread } from '../support/com'
import { expectComError, thrown } from '../support/errors'
import { sleep } from '../support/until'

leaveNothingBehind()

const {
  S_OK,
  E_NOTIMPL,
  E_FAIL,
  E_NOINTERFACE,
  RPC_E_CALL_CANCELED,
  RPC_E_CALL_COMPLETE,
  RPC_E_DISCONNECTED,
} = HResult
const CANCEL = 'ICancelMethodCalls::Cancel'
const TEST_CANCEL = 'ICancelMethodCalls::TestCancel'

describe('the stack of a thread', () => {
  it('O1 an object without ICancelMethodCalls is refused, and nothing is registered', () => {
    const unknown = createUnknown()
    expect(raw.coSetCancelObject(unknown)).toBe(E_NOINTERFACE)
    expect(unknown.references).toBe(1)
    expect(nothingPending()).toBe(true)
    expectComError(
      thrown(() => coSetCancelObject(unknown)),
      'E_NOINTERFACE',
      'CoSetCancelObject',
    )
  })

  it('O1 a refused object does not cover the registered one', () => {
    const object = own(new CancelObject())
    coSetCancelObject(object)
    expect(raw.coSetCancelObject(createUnknown())).toBe(E_NOINTERFACE)
    expect(coCancelCall(0)).toBe('requested')
    expect(object.testCancel()).toBe(true)
    coSetCancelObject(null)
  })

  it('O2 registering adds a reference, unregistering releases it', () => {
    const object = own(new CancelObject())
    expect(object.references).toBe(1)
    expect(raw.coSetCancelObject(object)).toBe(S_OK)
    expect(object.references).toBe(2)
    expect(raw.coSetCancelObject(object)).toBe(S_OK)
    expect(object.references).toBe(3)
    expect(raw.coSetCancelObject(null)).toBe(S_OK)
    expect(object.references).toBe(2)
    expect(raw.coSetCancelObject(null)).toBe(S_OK)
    expect(object.references).toBe(1)
  })

  it('O2 a registered object lives until it is unregistered, also after its handle was disposed', () => {
    const object = new CancelObject()
    coSetCancelObject(object)
    object[Symbol.dispose]()
    expect(objects()).toBe(1)
    expect(nothingPending()).toBe(false)
    expect(coCancelCall(0)).toBe('requested')
    coSetCancelObject(null)
    expect(objects()).toBe(0)
  })

  it('O2 a thousand registrations leave the reference count as it was', () => {
    const object = own(new CancelObject())
    for (let i = 0; i < 1000; i++) coSetCancelObject(object)
    expect(object.references).toBe(1001)
    for (let i = 0; i < 1000; i++) coSetCancelObject(null)
    expect(object.references).toBe(1)
    expect(nothingPending()).toBe(true)
  })

  it('O3 null unregisters the topmost, and the next one down becomes topmost', () => {
    const notified: string[] = []
    const outer = own(new CancelObject({ onCancel: () => notified.push('outer') }))
    const inner = own(new CancelObject({ onCancel: () => notified.push('inner') }))
    coSetCancelObject(outer)
    coSetCancelObject(inner)
    expect(coCancelCall(0)).toBe('requested')
    expect(notified).toEqual(['inner'])
    expect(outer.testCancel()).toBe(false)
    coSetCancelObject(null)
    expect(coCancelCall(0)).toBe('requested')
    expect(notified).toEqual(['inner', 'outer'])
    coSetCancelObject(null)
    expect(raw.coCancelCall(0)).toBe(E_NOINTERFACE)
  })

  it('O3 a call registers its object above the others when it begins, and unregisters it when it returns', () => {
    const object = own(new CancelObject())
    coSetCancelObject(object)
    wait(5)
    using topmost = coGetCancelObject(0)
    expect(object.references).toBe(3)
    topmost.cancel()
    expect(object.testCancel()).toBe(true)
    coSetCancelObject(null)
  })

  it('O4 null on an empty stack is S_OK and has no effect', () => {
    expect(raw.coSetCancelObject(null)).toBe(S_OK)
    expect(raw.coSetCancelObject(null)).toBe(S_OK)
    expect(nothingPending()).toBe(true)
    const object = own(new CancelObject())
    expect(raw.coSetCancelObject(object)).toBe(S_OK)
    expect(nothingPending()).toBe(false)
    expect(raw.coSetCancelObject(null)).toBe(S_OK)
  })

  it('O6 CoGetCancelObject returns the innermost object with a reference of its own; 0 is the calling thread', () => {
    const object = own(new CancelObject())
    coSetCancelObject(object)
    for (const id of [0, -0, getCurrentThreadId()]) {
      const found = coGetCancelObject(id)
      expect(object.references).toBe(3)
      expect(found.references).toBe(3)
      expect(found.threadId).toBe(getCurrentThreadId())
      found[Symbol.dispose]()
      expect(object.references).toBe(2)
    }
    coSetCancelObject(null)
  })

  it('O6 a returned object stays valid after it was unregistered', () => {
    const object = new CancelObject()
    coSetCancelObject(object)
    const found = own(coGetCancelObject(0))
    coSetCancelObject(null)
    object[Symbol.dispose]()
    expect(found.references).toBe(1)
    expect(found.cancel()).toBe('requested')
    expect(found.testCancel()).toBe(true)
  })

  it('O6 the object is queried for the interface that CoGetCancelObject names', () => {
    coSetCancelObject(own(new CancelObject()))
    using unknown = coGetCancelObject(0, IID_IUnknown)
    expect(unknown.cancel()).toBe('requested')
    using cancel = coGetCancelObject(0, `{${IID_ICancelMethodCalls.toUpperCase()}}`)
    expect(cancel.testCancel()).toBe(true)
    const dispatch = '00020400-0000-0000-c000-000000000046'
    expect(raw.coGetCancelObject(0, dispatch)).toEqual({ hresult: E_NOINTERFACE, object: null })
    coSetCancelObject(null)
  })

  it('O6 a returned reference can be registered again', () => {
    const object = own(new CancelObject())
    coSetCancelObject(object)
    using found = coGetCancelObject(0)
    expect(raw.coSetCancelObject(found)).toBe(S_OK)
    expect(object.references).toBe(4)
    coSetCancelObject(null)
    coSetCancelObject(null)
    expect(object.references).toBe(2)
  })

  it('O7 no object on the thread: E_NOINTERFACE', async () => {
    expect(raw.coGetCancelObject(0)).toEqual({ hresult: E_NOINTERFACE, object: null })
    expectComError(
      thrown(() => coGetCancelObject(0)),
      'E_NOINTERFACE',
      'CoGetCancelObject',
    )
    const thread = await startThread()
    expect(raw.coGetCancelObject(thread.id)).toEqual({ hresult: E_NOINTERFACE, object: null })
  })

  it.each([1, 0xfffffffc, 0xffffffff])('O7 no thread %i: E_NOINTERFACE', id => {
    expect(raw.coGetCancelObject(id)).toEqual({ hresult: E_NOINTERFACE, object: null })
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
  })
})

describe('an object made by JavaScript', () => {
  it('O1 has ICancelMethodCalls', () => {
    const object = own(new CancelObject())
    expect(object.cancelable).toBe(true)
    expect(object.supports(IID_ICancelMethodCalls)).toBe(true)
    expect(object.supports(IID_IUnknown)).toBe(true)
    expect(object.supports('00020400-0000-0000-c000-000000000046')).toBe(false)
    expect(object.threadId).toBe(getCurrentThreadId())
  })

  it('C2 Cancel calls onCancel once, before it returns', () => {
    const notified: CancelRequest[] = []
    const object = own(new CancelObject({ onCancel: request => notified.push(request) }))
    expect(object.testCancel()).toBe(false)
    expect(object.cancel()).toBe('requested')
    expect(notified).toEqual([{ timeout: 0 }])
    expect(object.testCancel()).toBe(true)
  })

  it('C2 a Cancel is recorded before onCancel is called', () => {
    let seen: unknown
    const object = own(new CancelObject({ onCancel: () => (seen = object.testCancel()) }))
    object.cancel()
    expect(seen).toBe(true)
  })

  it('C4 a second Cancel returns RPC_E_CALL_CANCELED and does not call onCancel', () => {
    let notified = 0
    const object = own(new CancelObject({ onCancel: () => notified++ }))
    coSetCancelObject(object)
    expect(raw.coCancelCall(0)).toBe(S_OK)
    expect(raw.coCancelCall(0)).toBe(RPC_E_CALL_CANCELED)
    expect(raw.coCancelCall(getCurrentThreadId())).toBe(RPC_E_CALL_CANCELED)
    expect(coCancelCall(0)).toBe('already-canceled')
    expect(object.cancel()).toBe('already-canceled')
    expect(notified).toBe(1)
    coSetCancelObject(null)
  })

  it('C1 CoCancelCall releases the reference that it adds', () => {
    const object = own(new CancelObject())
    coSetCancelObject(object)
    for (let i = 0; i < 10; i++) coCancelCall(0)
    expect(object.references).toBe(2)
    coSetCancelObject(null)
    expect(object.references).toBe(1)
  })

  it('C5 Cancel after complete() returns RPC_E_CALL_COMPLETE and does not call onCancel', () => {
    let notified = 0
    const object = own(new CancelObject({ onCancel: () => notified++ }))
    coSetCancelObject(object)
    object.complete()
    expect(raw.coCancelCall(0)).toBe(RPC_E_CALL_COMPLETE)
    expect(coCancelCall(0)).toBe('completed')
    expect(object.cancel()).toBe('completed')
    expectComError(
      thrown(() => object.testCancel()),
      'RPC_E_CALL_COMPLETE',
      TEST_CANCEL,
    )
    object.complete()
    expect(object.cancel()).toBe('completed')
    expect(notified).toBe(0)
    coSetCancelObject(null)
  })

  it('C4 complete() after a Cancel leaves the object canceled', () => {
    const object = own(new CancelObject())
    object.cancel()
    object.complete()
    expect(object.cancel()).toBe('already-canceled')
    expect(object.testCancel()).toBe(true)
  })

  it.each([
    [0, 0],
    [1, 1000],
    [1000, 1000],
    [1001, 2000],
    [4_294_967_294_000, 4_294_967_294_000],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])(
    'C6 a timeout of %d ms is %d ms for onCancel, and the Cancel does not wait for it',
    (given, received) => {
      const requests: CancelRequest[] = []
      const object = own(new CancelObject({ onCancel: request => requests.push(request) }))
      coSetCancelObject(object)
      expect(coCancelCall(0, { timeout: given })).toBe('requested')
      expect(requests).toEqual([{ timeout: received }])
      coSetCancelObject(null)
    },
  )

  it.each([
    ['E_NOTIMPL', E_NOTIMPL],
    ['E_FAIL', E_FAIL],
  ] as const)(
    'O9 an object that must not be canceled returns %s and is not canceled',
    (code, cancelResult) => {
      let notified = 0
      const object = own(new CancelObject({ cancelResult, onCancel: () => notified++ }))
      coSetCancelObject(object)
      expect(raw.coCancelCall(0)).toBe(cancelResult)
      expectComError(
        thrown(() => coCancelCall(0)),
        code,
        'CoCancelCall',
      )
      expectComError(
        thrown(() => object.cancel({ timeout: 1000 })),
        code,
        CANCEL,
      )
      expect(object.testCancel()).toBe(false)
      expect(notified).toBe(0)
      object.complete()
      expect(raw.coCancelCall(0)).toBe(RPC_E_CALL_COMPLETE)
      coSetCancelObject(null)
    },
  )

  it('C2 onCancel may unregister, dispose, cancel again, or block', () => {
    const outcomes: unknown[] = []
    const object = new CancelObject({
      onCancel: () => {
        outcomes.push(object.cancel())
        coSetCancelObject(null)
        object.complete()
        wait(5)
        object[Symbol.dispose]()
        outcomes.push(object.references)
      },
    })
    coSetCancelObject(object)
    expect(coCancelCall(0)).toBe('requested')
    expect(outcomes).toEqual(['already-canceled', 0])
    expect(nothingPending()).toBe(true)
    expect(objects()).toBe(0)
  })

  it('C2 onCancel of one object may cancel another', () => {
    const notified: string[] = []
    const inner = own(new CancelObject({ onCancel: () => notified.push('inner') }))
    const outer = own(
      new CancelObject({
        onCancel: () => {
          notified.push('outer')
          inner.cancel()
          notified.push('outer again')
        },
      }),
    )
    outer.cancel()
    expect(notified).toEqual(['outer', 'inner', 'outer again'])
  })

  it('C2 onCancel that was called within Cancel is not called again later', async () => {
    let notified = 0
    const object = own(new CancelObject({ onCancel: () => notified++ }))
    object.cancel()
    await sleep(50)
    expect(notified).toBe(1)
  })

  it('O2 all methods of a disposed object but dispose return RPC_E_DISCONNECTED', () => {
    const object = new CancelObject()
    object[Symbol.dispose]()
    object[Symbol.dispose]()
    expect(object.references).toBe(0)
    expect(raw.coSetCancelObject(object)).toBe(RPC_E_DISCONNECTED)
    expectComError(
      thrown(() => object.cancel()),
      'RPC_E_DISCONNECTED',
      CANCEL,
    )
    expectComError(
      thrown(() => object.testCancel()),
      'RPC_E_DISCONNECTED',
      TEST_CANCEL,
    )
    expectComError(
      thrown(() => object.supports(IID_IUnknown)),
      'RPC_E_DISCONNECTED',
      'QueryInterface',
    )
    object.complete()
    expect(nothingPending()).toBe(true)
    expect(objects()).toBe(0)
  })

  it('O2 other handles stay valid when one is disposed', () => {
    const object = new CancelObject()
    coSetCancelObject(object)
    using first = coGetCancelObject(0)
    const second = coGetCancelObject(0)
    object[Symbol.dispose]()
    second[Symbol.dispose]()
    expect(first.references).toBe(2)
    expect(first.cancel()).toBe('requested')
    coSetCancelObject(null)
    expect(first.references).toBe(1)
  })
})

describe('an object with IUnknown and nothing else', () => {
  it('O1 has no ICancelMethodCalls', () => {
    const unknown = createUnknown()
    expect(unknown.supports(IID_IUnknown)).toBe(true)
    expect(unknown.supports(IID_ICancelMethodCalls)).toBe(false)
    expect(unknown.references).toBe(1)
    expect(unknown.threadId).toBe(getCurrentThreadId())
    expectComError(
      thrown(() => unknown.cancel()),
      'E_NOINTERFACE',
      CANCEL,
    )
    expectComError(
      thrown(() => unknown.testCancel()),
      'E_NOINTERFACE',
      TEST_CANCEL,
    )
  })
})

describeWhere('blockCancelOperations', 'a block on cancel operations', () => {
  it('O5 CoSetCancelObject returns E_ACCESSDENIED during the block', () => {
    const object = own(new CancelObject())
    coSetCancelObject(object)
    {
      using _ = Emulator.shared.blockCancelOperations()
      expect(raw.coSetCancelObject(object)).toBe(HResult.E_ACCESSDENIED)
      expectComError(
        thrown(() => coSetCancelObject(null)),
        'E_ACCESSDENIED',
        'CoSetCancelObject',
      )
      expect(object.references).toBe(2)
    }
    coSetCancelObject(null)
    expect(object.references).toBe(1)
  })
})
