// The description of an object with every kind of member and type, as type information has them.
import type {
  ComDescription,
  ComLibraryDescription,
  ComMemberDescription,
  ComParameterDescription,
} from 'com-cancel'

const parameter = (
  name: string,
  type: string,
  more: Partial<ComParameterDescription> = {},
): ComParameterDescription => ({ name, type, byRef: false, optional: false, ...more })

const member = (
  kind: ComMemberDescription['kind'],
  name: string,
  type: string,
  more: Partial<ComMemberDescription> = {},
): ComMemberDescription => ({
  kind,
  name,
  type,
  dispid: 1,
  parameters: [],
  help: '',
  hidden: false,
  restricted: false,
  ...more,
})

const constant = (name: string, value: number) => ({ name, value, help: '' })

const optional = { optional: true }

export const described: ComDescription = {
  class: { name: 'Shop', clsid: '3d9a61f7-5e20-4c8b-a106-e73b5892c41d', progId: 'Test.Shop', help: '' },
  interface: {
    name: '_Shop',
    iid: '74c0b8e3-1f96-4a2d-b54a-0d67f1389e52',
    help: 'Sells. */ things',
    members: [
      member('get', 'Name', 'bstr', { help: 'The name.' }),
      member('set', 'Name', 'bstr'),
      member('get', 'Version', 'r8'),
      member('get', 'Opened', 'date'),
      member('get', 'Total', 'cy'),
      member('get', 'Count64', 'i8'),
      member('get', 'Picture', 'ui1[]'),
      member('get', 'Names', 'bstr[]'),
      member('get', 'Parent', 'Shop'),
      member('set-reference', 'Parent', '_Shop'),
      member('get', 'Mode', 'ShopMode'),
      member('set', 'Mode', 'ShopMode'),
      member('get', 'Flags', 'ShopFlags'),
      member('get', 'Other', 'NotDescribed'),
      member('set', 'Secret', 'bstr', { hidden: true }),
      member('get', 'not an identifier', 'bool'),
      member('get', 'Price', 'cy', { parameters: [parameter('item', 'bstr')] }),
      member('set', 'Price', 'cy', { parameters: [parameter('item', 'bstr')] }),
      member('get', 'Item', 'Shop', { dispid: 0, parameters: [parameter('Index', 'variant')] }),
      member('method', 'Sell', 'i4', {
        parameters: [
          parameter('item', 'bstr', optional),
          parameter('count', 'i4', { byRef: true }),
          parameter('default', 'ShopMode', { ...optional, default: 2 }),
          parameter('', 'variant', optional),
        ],
      }),
      member('method', 'Close', 'void'),
      member('method', 'Fails', 'hresult'),
      member('method', 'Restricted', 'void', { restricted: true }),
      member('get', '_NewEnum', 'unknown', { dispid: -4, restricted: true }),
    ],
  },
  events: [
    {
      name: 'DShopEvents',
      iid: '21d95af6-b459-4842-b08e-de76ea59f6e7',
      help: '',
      members: [
        member('method', 'Sold', 'void', { parameters: [parameter('by', 'Shop'), parameter('n', 'i4')] }),
      ],
    },
  ],
  enums: [
    {
      name: 'ShopMode',
      help: '',
      constants: [constant('quick', 1), constant('thorough', 2), constant('odd', -3)],
    },
    { name: 'ShopFlags', help: '', constants: [constant('a', 1), constant('b', 2), constant('c', 4)] },
  ],
}

const about = { clsid: '3d9a61f7-5e20-4c8b-a106-e73b5892c41e', help: '' }
const unnamed = { iid: null, help: '' }

/** A library whose interfaces name one another, some by their classes. */
export const library: ComLibraryDescription = {
  name: 'Mill',
  help: 'Grinds.',
  classes: [
    {
      ...about,
      name: 'Application',
      progId: 'Mill.Application.2',
      interface: '_Application',
      events: 'MillEvents',
    },
    { ...about, name: 'Wheel', progId: null, interface: '_Wheel', events: null },
    { ...about, name: 'Bare', progId: 'Mill.Bare', interface: null, events: null },
  ],
  interfaces: [
    {
      ...unnamed,
      name: '_Application',
      members: [
        member('get', 'Wheels', 'Wheels'),
        member('get', 'Main', 'Wheel'),
        member('set-reference', 'Main', '_Wheel'),
        member('get', 'Bare', 'Bare'),
        member('get', 'Color', 'OLE_COLOR'),
      ],
    },
    {
      ...unnamed,
      name: 'Wheels',
      members: [
        member('get', 'Item', 'Wheel', { dispid: 0, parameters: [parameter('Index', 'variant')] }),
        member('get', 'Count', 'i4'),
      ],
    },
    {
      ...unnamed,
      name: '_Wheel',
      members: [member('get', 'Parent', 'Application'), member('get', 'Size', 'r8')],
    },
    {
      ...unnamed,
      name: 'MillEvents',
      members: [member('method', 'Turned', 'void', { parameters: [parameter('by', 'Wheel')] })],
    },
  ],
  enums: [],
}
