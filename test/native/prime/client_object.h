// Object and Outcome, late-bound calls of the C++ client.
#pragma once

#include <wrl/client.h>

#include <string>
#include <utility>

#include "dispatch_call.h"
#include "host/call_scope.h"

namespace prime {

// The result of a call.
struct Outcome {
  HRESULT hresult = S_OK;
  Variant value;
  EXCEPINFO exception{};
  UINT argument = 0;

  explicit Outcome(DispatchCall& call) {
    com_cancel::CallScope scope;  // has no effect where the system has the cancellation family
    hresult = scope.End(call.Invoke(&exception, &argument));
    value = std::move(call.result);
  }
  Outcome(const Outcome&) = delete;
  Outcome& operator=(const Outcome&) = delete;
  ~Outcome() {
    SysFreeString(exception.bstrDescription);
    SysFreeString(exception.bstrSource);
    SysFreeString(exception.bstrHelpFile);
  }

  // All of it in one line of text.
  std::string Text() const;
};

inline Variant ToVariant(Variant value) { return value; }
inline Variant ToVariant(int value) { return Variant::Long(value); }
inline Variant ToVariant(const wchar_t* value) { return Variant::Text(value); }
inline Variant ToVariant(IDispatch* value) { return Variant::Dispatch(value); }

// Prints a line: what was called, and its result.
void Print(const char* what, const Outcome& outcome);

class Object {
 public:
  explicit Object(Microsoft::WRL::ComPtr<IDispatch> object) : object_(std::move(object)) {}
  // Throws Failure.
  explicit Object(const wchar_t* progid);

  IDispatch* get() const { return object_.Get(); }

  // Throws Failure.
  DISPID Find(const wchar_t* name) const;

  template <typename... Values>
  Outcome Invoke(WORD kinds, DISPID id, Values... values) const {
    DispatchCall call(object_.Get(), id, kinds);
    (call.Add(ToVariant(std::move(values))), ...);
    return Outcome(call);
  }
  template <typename... Values>
  Outcome Call(const wchar_t* name, Values... values) const {
    return Invoke(DISPATCH_METHOD | DISPATCH_PROPERTYGET, Find(name), std::move(values)...);
  }
  template <typename... Values>
  Outcome Set(const wchar_t* name, Values... values) const {
    return Invoke(DISPATCH_PROPERTYPUT, Find(name), std::move(values)...);
  }

 private:
  Microsoft::WRL::ComPtr<IDispatch> object_;
};

}  // namespace prime
