// Whether the members of an interface are called late bound only: by IDispatch::Invoke, never by vtable.
#pragma once

#include "automation/type_info.h"
#include "host/win.h"

namespace com_cancel {

// How the members of an interface are called.
enum class InterfaceKind {
  kDispinterface,  // by IDispatch::Invoke
  kDual,           // by vtable or by Invoke, as the caller likes
  kVtable,         // by vtable
  kUnknown,        // nothing describes the interface
};

// By type information: a dispinterface that has TYPEFLAG_FDUAL is the half of a dual interface.
InterfaceKind KindOf(const TYPEATTR& attributes);
// By the proxy that is registered for an interface: PSDispatch marshals IDispatch::Invoke and nothing else.
// The type library marshaler (PSOAInterface) calls the vtable of the object.
InterfaceKind KindOf(REFIID iid);

}  // namespace com_cancel
