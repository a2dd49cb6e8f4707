// Names that test frameworks, inspectors and serializers look for on any value, and may call.

const names = new Set([
  // assertions: jest, vitest, chai, jasmine
  'asymmetricMatch',
  'constructor',
  'getMockName',
  'inspect',
  'prototype',
  '_isMockFunction',
  // nodes of a document: pretty-format, testing-library
  'hasAttribute',
  'nodeName',
  'nodeType',
  'tagName',
  // modules and loaders
  '__esModule',
  'default',
])

/** Immutable.js and React mark their values, and Vue asks for marks, with names that begin so. */
const prefixes = ['$', '@@', '__v_']

/**
 * Whether a dynamic view has no member of this name: reading or calling it would be a call to COM that nobody wanted.
 * `view.$object.get('constructor')` reads such a member all the same.
 */
export const isProbe = (name: string): boolean =>
  names.has(name) || prefixes.some(prefix => name.startsWith(prefix))
