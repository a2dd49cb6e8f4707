// Calls to and from JavaScript: binding.d.ts's Activation, Invocation, CallOutcome, IncomingCall,
// IncomingReply.
#pragma once

#include <napi.h>

#include "automation/activation.h"
#include "automation/call.h"
#include "automation/implementation.h"
#include "automation/incoming_call.h"

namespace com_cancel {

// These throw Napi::TypeError for what is not shaped as binding.d.ts says.
Activation ActivationFrom(Napi::Value value);
Invocation InvocationFrom(Napi::Value value);
Reply ReplyFrom(Napi::Value value);
Implementation::Members MembersFrom(Napi::Value value);
// Null: GUID_NULL.
IID OptionalInterfaceIdFrom(Napi::Value value);

// `outcome` may be null: then there is nothing but the HRESULT.
Napi::Object OutcomeTo(Napi::Env env, HRESULT hresult, const Outcome* outcome);
Napi::Object IncomingTo(Napi::Env env, const Incoming& incoming);

}  // namespace com_cancel
