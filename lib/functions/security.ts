// The security of calls by name: levels of authentication and impersonation, and capabilities.
import type { Binding, CallSecurity, ProxyBlanket } from '../../binding'
import { ComError } from '../errors/errors'
import { failed } from '../errors/hresult'
import * as validate from '../errors/validate'

/** RPC_C_AUTHN_LEVEL_, from the weakest to the strongest. */
const authenticationLevels = { none: 1, connect: 2, call: 3, packet: 4, integrity: 5, privacy: 6 } as const
/** RPC_C_IMP_LEVEL_, from the weakest to the strongest. */
const impersonationLevels = { anonymous: 1, identify: 2, impersonate: 3, delegate: 4 } as const
/** RPC_C_AUTHN_. */
const services = { none: 0, negotiate: 9, ntlm: 10, kerberos: 16 } as const
/** EOAC_, of CoInitializeSecurity. */
const processCapabilities = {
  'static-cloaking': 0x20,
  'dynamic-cloaking': 0x40,
  'secure-references': 2,
  'disable-activate-as-activator': 0x1000,
  'no-custom-marshal': 0x2000,
} as const
/** EOAC_, of CoSetProxyBlanket. */
const proxyCapabilities = {
  'static-cloaking': 0x20,
  'dynamic-cloaking': 0x40,
  'mutual-authentication': 1,
} as const

/** RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_DEFAULT: COM negotiates with the server. */
const DEFAULT_LEVEL = 0
/** RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT. */
const DEFAULT_SERVICE = 0xffffffff
const AUTHZ_NONE = 0
const EOAC_DEFAULT = 0x800

/**
 * How the identity of the caller, and the data, are protected: 'none', not at all; 'connect', when a client
 * connects; 'call', at the start of each call; 'packet', all data comes from the caller; 'integrity', and was
 * not changed; 'privacy', and is encrypted.
 */
export type AuthenticationLevel = keyof typeof authenticationLevels

/**
 * What the server may do with the identity of the caller: 'anonymous', nothing; 'identify', check it;
 * 'impersonate', act in its name on the server's machine; 'delegate', on other machines as well.
 */
export type ImpersonationLevel = keyof typeof impersonationLevels

export type AuthenticationService = keyof typeof services

export type SecurityCapability = keyof typeof processCapabilities

export type ProxyCapability = keyof typeof proxyCapabilities

export interface SecurityOptions {
  /**
   * The lowest level of calls from and to the process: incoming calls of a lower level fail. Default: COM
   * negotiates it.
   */
  authentication?: AuthenticationLevel | undefined
  /** Default 'identify'. */
  impersonation?: ImpersonationLevel | undefined
  /** Default: none. */
  capabilities?: readonly SecurityCapability[] | undefined
}

export interface ProxyBlanketOptions {
  /** Default: COM negotiates it. */
  authentication?: AuthenticationLevel | undefined
  /** Default: COM negotiates it. */
  impersonation?: ImpersonationLevel | undefined
  /** The authentication service. Default: COM negotiates it. */
  service?: AuthenticationService | undefined
  /** The server's principal name, for 'kerberos'. Default: COM negotiates it. */
  principal?: string | undefined
  /** Default: COM negotiates them. An empty list: none. */
  capabilities?: readonly ProxyCapability[] | undefined
}

const securityOptions: validate.Keys<SecurityOptions> = {
  authentication: true,
  impersonation: true,
  capabilities: true,
}

export const proxyBlanketOptions: validate.Keys<ProxyBlanketOptions> = {
  authentication: true,
  impersonation: true,
  service: true,
  principal: true,
  capabilities: true,
}

const constantOf = <Values extends Record<string, number>>(
  where: string,
  what: string,
  name: unknown,
  values: Values,
  missing: number,
): number => {
  if (name === undefined) return missing
  const value = values[validate.oneOf(where, what, name, Object.keys(values))]
  return value as number
}

/** The EOAC_ flags of a list of names. */
const flagsOf = (where: string, list: unknown, values: Record<string, number>, missing: number): number => {
  if (list === undefined) return missing
  const what = 'options.capabilities'
  const names = validate
    .list(where, what, list)
    .map((name, i) => validate.oneOf(where, `${what}[${i}]`, name, Object.keys(values)))
  if (names.includes('static-cloaking') && names.includes('dynamic-cloaking'))
    throw new RangeError(`${where}: ${what} can have 'static-cloaking' or 'dynamic-cloaking', not both`)
  return names.reduce((flags, name) => flags | (values[name] ?? 0), 0)
}

const securityOf = (where: string, options: unknown): CallSecurity => {
  const checked = validate.options<SecurityOptions>(where, options, securityOptions)
  const { authentication, impersonation = 'identify', capabilities } = checked
  const level = 'options.authentication'
  const security = {
    authentication: constantOf(where, level, authentication, authenticationLevels, DEFAULT_LEVEL),
    impersonation: constantOf(where, 'options.impersonation', impersonation, impersonationLevels, 0),
    capabilities: flagsOf(where, capabilities, processCapabilities, 0),
  }
  if (authentication === 'none' && security.capabilities & processCapabilities['secure-references'])
    throw new RangeError(`${where}: ${level} must not be 'none' with 'secure-references'`)
  return security
}

/** Checks the options of setProxyBlanket, but for `signal`. */
export const proxyBlanketOf = (where: string, options: Partial<ProxyBlanketOptions>): ProxyBlanket => {
  const { authentication, impersonation, service, principal, capabilities } = options
  return {
    authentication: constantOf(
      where,
      'options.authentication',
      authentication,
      authenticationLevels,
      DEFAULT_LEVEL,
    ),
    impersonation: constantOf(
      where,
      'options.impersonation',
      impersonation,
      impersonationLevels,
      DEFAULT_LEVEL,
    ),
    service: constantOf(where, 'options.service', service, services, DEFAULT_SERVICE),
    // NTLM and Kerberos have no authorization service of their own.
    authorization: service === undefined ? DEFAULT_SERVICE : AUTHZ_NONE,
    principal: principal === undefined ? null : validate.name(where, 'options.principal', principal),
    capabilities: flagsOf(where, capabilities, proxyCapabilities, EOAC_DEFAULT),
  }
}

/** CoInitializeSecurity of one binding. */
export const initializeSecurityOf =
  (binding: Binding) =>
  (options?: SecurityOptions): void => {
    const hresult = binding.coInitializeSecurity(securityOf('initializeSecurity', options))
    if (failed(hresult)) throw new ComError(hresult, 'CoInitializeSecurity')
  }
