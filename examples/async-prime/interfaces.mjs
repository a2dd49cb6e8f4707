// The interface of the server, as its IDL describes it, with its asynchronous twin (async_uuid).
import { defineInterface } from 'com-cancel'

/**
 * interface IPrime : IUnknown {
 *   HRESULT IsPrime([in] long number, [out, retval] long* prime);
 *   HRESULT Number([in] long number, [in] unsigned long milliseconds, [out, retval] long* same);
 *   HRESULT Block([in] unsigned long milliseconds);
 *   HRESULT LastTest([out, retval] long* result);
 * }
 */
export const IPrime = defineInterface({
  name: 'IPrime',
  iid: '2f7c4e5a-9b1d-4c3e-8a60-71d2b8e4c953',
  asyncIid: '2f7c4e5b-9b1d-4c3e-8a60-71d2b8e4c953',
  methods: {
    IsPrime: { parameters: [{ in: 'i4' }, { out: 'i4' }] },
    Number: { parameters: [{ in: 'i4' }, { in: 'ui4' }, { out: 'i4' }] },
    Block: { parameters: [{ in: 'ui4' }] },
    LastTest: { parameters: [{ out: 'i4' }] },
  },
})
