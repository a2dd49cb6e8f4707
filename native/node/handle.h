// Handle, the base of the classes whose objects JavaScript holds.
#pragma once

#include <napi.h>

#include <string>

#include "node/environment.h"

namespace com_cancel {

// A class derives from Handle<Class>, and has `kTag`, which no other class has, and `kName`. Only objects
// with the tag are taken for objects of the class: neither those of another class or addon, nor Externals.
template <typename Class>
class Handle : public Napi::ObjectWrap<Class> {
 public:
  // Throws TypeError for anything but an object of this class.
  static Class* From(Napi::Value value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&Class::kTag))
      throw Napi::TypeError::New(value.Env(), std::string("expected a ") + Class::kName + " of this binding");
    return Napi::ObjectWrap<Class>::Unwrap(value.As<Napi::Object>());
  }

 protected:
  using Napi::ObjectWrap<Class>::ObjectWrap;

  // For the constructor: what the object is made from. Throws TypeError for `new` in JavaScript.
  template <typename Made>
  static Made& Take(const Napi::CallbackInfo& info) {
    void* const made = Environment::Of(info.Env()).TakeMade();
    if (!made) {
      throw Napi::TypeError::New(info.Env(),
                                 std::string(Class::kName) + " is made by the binding, not by new");
    }
    info.This().As<Napi::Object>().TypeTag(&Class::kTag);
    return *static_cast<Made*>(made);
  }

  // Members for DefineClass. They throw TypeError when `this` is no object of this class.
  template <auto member>
  static Napi::ClassPropertyDescriptor<Class> Method(const char* name) {
    napi_property_descriptor descriptor{};
    descriptor.utf8name = name;
    descriptor.method = Napi::details::TemplatedCallback<Call<member>>;
    return descriptor;
  }
  template <auto member>
  static Napi::ClassPropertyDescriptor<Class> Getter(const char* name) {
    napi_property_descriptor descriptor{};
    descriptor.utf8name = name;
    descriptor.getter = Napi::details::TemplatedCallback<Call<member>>;
    return descriptor;
  }

 private:
  template <auto member>
  static Napi::Value Call(const Napi::CallbackInfo& info) {
    return (From(info.This())->*member)(info);
  }
};

}  // namespace com_cancel
