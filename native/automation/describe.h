// The description of an object, by its type information or by IDispatchEx.
#pragma once

#include "automation/description.h"
#include "automation/inquiry.h"
#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// E_NOTIMPL for an object that has neither. Each question to an object of another process is a call. When the
// job is canceled, the inquiry ends before the next question.
HRESULT Describe(IDispatch* object, Inquiry& inquiry, ObjectDescription& description);

// The type library of an object's type information, or `object` itself where it is an ITypeLib. E_NOTIMPL for
// an object without type information.
HRESULT DescribeLibrary(IUnknown* object, Inquiry& inquiry, LibraryDescription& description);

// Uses IDispatchEx, which has no types and no parameters. E_NOINTERFACE for an object without it.
HRESULT DescribeByNames(IDispatch* object, Inquiry& inquiry, InterfaceDescription& description);

}  // namespace com_cancel
