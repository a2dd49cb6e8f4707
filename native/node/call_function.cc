// FunctionFrom and CallFunction.
#include "node/call_function.h"

namespace com_cancel {

Napi::Function FunctionFrom(Napi::Value value) {
  if (!value.IsFunction()) throw Napi::TypeError::New(value.Env(), "expected a function");
  return value.As<Napi::Function>();
}

void CallFunction(napi_env env, napi_value receiver, napi_value function,
                  std::initializer_list<napi_value> arguments) {
  napi_value result;
  if (napi_call_function(env, receiver, function, arguments.size(), arguments.begin(), &result) == napi_ok)
    return;
  bool pending = false;
  napi_value error;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
}

}  // namespace com_cancel
