// FindServerProcess, which finds the process that runs the server of an object.
#pragma once

#include "automation/call.h"
#include "automation/inquiry.h"
#include "host/win.h"

namespace com_cancel {

// On a thread of the object's apartment. `object` is the interface that is called, and was there at `since`.
// Leaves `found` empty where the process is not known: for an object of this process or of another machine,
// and where neither the object reference nor a window tells it. A failure is one of a call to the server.
HRESULT FindServerProcess(IUnknown* object, const FILETIME& since, Inquiry& inquiry, ServerProcess& found);

// The window that an object offers: its property Hwnd, IOleWindow::GetWindow, or the property Hwnd of its
// Application. Null where it offers none. Each question is a call to the server.
HWND WindowOf(IUnknown* object, Inquiry& inquiry);

}  // namespace com_cancel
