// How the thread that a call blocks is released before the server answers: the RPC of the call is carried out
// by a thread of its own, which stays behind when the call is canceled.
#pragma once

#include "host/win.h"

namespace com_cancel::rpc {

// From now on the calls that thread_stack::TakeCallToSend finds can be released. Returns false, and changes
// nothing, where the system's COM is not built like that of Wine 8 and 10: a canceled call then returns when
// its server answers.
bool Install();

// For the hook, when COM begins a call of the calling thread that is to be released when it is canceled, ...
void BeginMessage();
// ... and when COM has made the message of that call.
void EndMessage();

// Whether the method of a canceled call of this process still runs in its server, or releases that waited for
// its end have not been sent.
bool MethodsLeft();

}  // namespace com_cancel::rpc
