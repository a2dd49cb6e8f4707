// Conversions of binding.d.ts's Activation, CallSecurity, ProxyBlanket, Operation, CallOutcome, IncomingCall
// and IncomingReply.
#pragma once

#include <napi.h>

#include "automation/activation.h"
#include "automation/call.h"
#include "automation/implementation.h"
#include "automation/incoming_call.h"
#include "automation/operation.h"
#include "automation/security.h"

namespace com_cancel {

// These throw Napi::TypeError for input that does not have the shape that binding.d.ts declares.
Activation ActivationFrom(Napi::Value value);
CallSecurity CallSecurityFrom(Napi::Value value);
ProxyBlanket ProxyBlanketFrom(Napi::Value value);
Operation OperationFrom(Napi::Value value);
Reply ReplyFrom(Napi::Value value);
Implementation::Members MembersFrom(Napi::Value value);
// Also throws Napi::RangeError for an interface with too many methods or parameters.
Implementation::Interfaces InterfacesFrom(Napi::Value value);
// GUID_NULL for null.
IID OptionalInterfaceIdFrom(Napi::Value value);

// `outcome` may be null: then the result has nothing but the HRESULT.
Napi::Object OutcomeTo(Napi::Env env, HRESULT hresult, const Outcome* outcome);
// Undefined for a job that nothing canceled.
Napi::Value CancellationTo(Napi::Env env, const Cancellation& cancellation);
Napi::Object IncomingTo(Napi::Env env, const IncomingCall& call);

}  // namespace com_cancel
