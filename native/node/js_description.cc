// Conversion of an ObjectDescription and a LibraryDescription to binding.d.ts's.
#include "node/js_description.h"

#include "host/text.h"
#include "node/integer.h"
#include "node/js_value.h"
#include "node/pointer_handle.h"

namespace com_cancel {
namespace {

template <typename Item, typename Convert>
Napi::Array ListTo(Napi::Env env, const std::vector<Item>& items, Convert convert) {
  auto list = Napi::Array::New(env, items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Napi::HandleScope scope(env);
    list.Set(static_cast<uint32_t>(i), convert(env, items[i]));
  }
  return list;
}

Napi::String TextTo(Napi::Env env, const std::u16string& text) { return Napi::String::New(env, text); }

Napi::Object ValueTo(Napi::Env env, const Value& value) { return ValueTo(env, value, PointerHandle::Make); }

const char* KindOf(INVOKEKIND kind) {
  switch (kind) {
    case INVOKE_PROPERTYGET:
      return "get";
    case INVOKE_PROPERTYPUT:
      return "set";
    case INVOKE_PROPERTYPUTREF:
      return "set-reference";
    default:
      return "method";
  }
}

Napi::Object ParameterTo(Napi::Env env, const ParameterDescription& parameter) {
  auto object = Napi::Object::New(env);
  object.Set("name", TextTo(env, parameter.name));
  object.Set("type", TextTo(env, parameter.type));
  object.Set("byRef", parameter.by_ref);
  object.Set("optional", parameter.optional);
  if (parameter.default_value) object.Set("default", ValueTo(env, *parameter.default_value));
  return object;
}

Napi::Object MemberTo(Napi::Env env, const MemberDescription& member) {
  auto object = Napi::Object::New(env);
  object.Set("name", TextTo(env, member.name));
  object.Set("dispid", IntegerTo(env, member.dispid));
  object.Set("kind", KindOf(member.kind));
  object.Set("parameters", ListTo(env, member.parameters, ParameterTo));
  object.Set("type", TextTo(env, member.type));
  object.Set("help", TextTo(env, member.help));
  object.Set("hidden", member.hidden);
  object.Set("restricted", member.restricted);
  return object;
}

Napi::Object InterfaceTo(Napi::Env env, const InterfaceDescription& described) {
  auto object = Napi::Object::New(env);
  const bool known = described.iid != GUID_NULL;
  object.Set("name", TextTo(env, described.name));
  object.Set("iid", known ? Napi::Value(TextTo(env, GuidText(described.iid))) : env.Null());
  object.Set("help", TextTo(env, described.help));
  object.Set("members", ListTo(env, described.members, MemberTo));
  return object;
}

Napi::Object ClassTo(Napi::Env env, const ClassDescription& described) {
  auto object = Napi::Object::New(env);
  const bool named = !described.prog_id.empty();
  object.Set("name", TextTo(env, described.name));
  object.Set("clsid", TextTo(env, GuidText(described.clsid)));
  object.Set("progId", named ? Napi::Value(TextTo(env, described.prog_id)) : env.Null());
  object.Set("help", TextTo(env, described.help));
  return object;
}

Napi::Object ConstantTo(Napi::Env env, const ConstantDescription& constant) {
  auto object = Napi::Object::New(env);
  object.Set("name", TextTo(env, constant.name));
  object.Set("value", ValueTo(env, constant.value));
  object.Set("help", TextTo(env, constant.help));
  return object;
}

Napi::Object EnumTo(Napi::Env env, const EnumDescription& described) {
  auto object = Napi::Object::New(env);
  object.Set("name", TextTo(env, described.name));
  object.Set("help", TextTo(env, described.help));
  object.Set("constants", ListTo(env, described.constants, ConstantTo));
  return object;
}

Napi::Value NameTo(Napi::Env env, const std::u16string& name) {
  return name.empty() ? env.Null() : Napi::Value(TextTo(env, name));
}

Napi::Object LibraryClassTo(Napi::Env env, const LibraryClassDescription& described) {
  auto object = ClassTo(env, described.coclass);
  object.Set("interface", NameTo(env, described.own));
  object.Set("events", NameTo(env, described.events));
  return object;
}

}  // namespace

Napi::Object LibraryTo(Napi::Env env, const LibraryDescription& description) {
  auto object = Napi::Object::New(env);
  object.Set("name", TextTo(env, description.name));
  object.Set("help", TextTo(env, description.help));
  object.Set("classes", ListTo(env, description.classes, LibraryClassTo));
  object.Set("interfaces", ListTo(env, description.interfaces, InterfaceTo));
  object.Set("enums", ListTo(env, description.enums, EnumTo));
  return object;
}

Napi::Object DescriptionTo(Napi::Env env, const ObjectDescription& description) {
  auto object = Napi::Object::New(env);
  object.Set("class", description.coclass ? Napi::Value(ClassTo(env, *description.coclass)) : env.Null());
  object.Set("interface", InterfaceTo(env, description.own));
  object.Set("events", ListTo(env, description.events, InterfaceTo));
  object.Set("enums", ListTo(env, description.enums, EnumTo));
  return object;
}

}  // namespace com_cancel
