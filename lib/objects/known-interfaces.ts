// The interfaces with asynchronous twins that Windows itself has: IPipeByte, IPipeLong, IPipeDouble, IAdviseSink.
import { defineInterface } from './interface'

/**
 * IPipeByte: `Pull` takes the number of bytes that are wanted, and returns a Uint8Array with those that there are, empty
 * at the end. `Push` takes a Uint8Array. (IPipeByte page; objidl.h)
 *
 * @example
 * const bytes = await pipe.callAsync(IPipeByte, 'Pull', [65_536], { signal })
 */
export const IPipeByte = defineInterface({
  name: 'IPipeByte',
  iid: 'db2f3aca-2f86-11d1-8e04-00c04fb9989a',
  asyncIid: 'db2f3acb-2f86-11d1-8e04-00c04fb9989a',
  methods: {
    Pull: { parameters: [{ out: 'ui1', size: 1, length: 2 }, { in: 'ui4' }, { out: 'ui4' }] },
    Push: { parameters: [{ in: 'ui1', size: 1 }, { in: 'ui4' }] },
  },
})

/** IPipeLong: as IPipeByte, with integers of 32 bits in an Int32Array. (IPipeLong page; objidl.h) */
export const IPipeLong = defineInterface({
  name: 'IPipeLong',
  iid: 'db2f3acc-2f86-11d1-8e04-00c04fb9989a',
  asyncIid: 'db2f3acd-2f86-11d1-8e04-00c04fb9989a',
  methods: {
    Pull: { parameters: [{ out: 'i4', size: 1, length: 2 }, { in: 'ui4' }, { out: 'ui4' }] },
    Push: { parameters: [{ in: 'i4', size: 1 }, { in: 'ui4' }] },
  },
})

/** IPipeDouble: as IPipeByte, with numbers in a Float64Array. (IPipeDouble page; objidl.h) */
export const IPipeDouble = defineInterface({
  name: 'IPipeDouble',
  iid: 'db2f3ace-2f86-11d1-8e04-00c04fb9989a',
  asyncIid: 'db2f3acf-2f86-11d1-8e04-00c04fb9989a',
  methods: {
    Pull: { parameters: [{ out: 'r8', size: 1, length: 2 }, { in: 'ui4' }, { out: 'ui4' }] },
    Push: { parameters: [{ in: 'r8', size: 1 }, { in: 'ui4' }] },
  },
})

/**
 * IAdviseSink: notifications of a data object or a view, which return no HRESULT. Without OnDataChange, whose
 * parameters are structures. `OnViewChange` takes the aspect (DVASPECT) and the index, `OnRename` a moniker.
 * (IAdviseSink page; objidl.h)
 *
 * @example
 * await sink.callMethod(IAdviseSink, 'OnViewChange', [1, -1])
 */
export const IAdviseSink = defineInterface({
  name: 'IAdviseSink',
  iid: '0000010f-0000-0000-c000-000000000046',
  asyncIid: '00000150-0000-0000-c000-000000000046',
  methods: {
    OnViewChange: { slot: 4, parameters: [{ in: 'ui4' }, { in: 'i4' }], returns: 'void' },
    OnRename: {
      parameters: [{ in: 'unknown', iid: '0000000f-0000-0000-c000-000000000046' }],
      returns: 'void',
    },
    OnSave: { returns: 'void' },
    OnClose: { returns: 'void' },
  },
})
