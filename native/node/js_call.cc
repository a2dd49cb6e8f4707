// Conversions of binding.d.ts's Activation, CallSecurity, ProxyBlanket, Operation, CallOutcome, IncomingCall
// and IncomingReply.
#include "node/js_call.h"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "host/system_text.h"
#include "host/text.h"
#include "node/call_function.h"
#include "node/environment.h"
#include "node/host_handle.h"
#include "node/integer.h"
#include "node/js_description.h"
#include "node/js_value.h"
#include "node/object_handle.h"
#include "node/pointer_handle.h"
#include "node/process_handle.h"

namespace com_cancel {
namespace {

Value FromJs(Napi::Value value) { return ValueFrom(value, PointerHandle::PointerFrom); }
Napi::Object ToJs(Napi::Env env, const Value& value) { return ValueTo(env, value, PointerHandle::Make); }

Napi::Object ObjectFrom(Napi::Value value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "expected an object");
  return value.As<Napi::Object>();
}

std::u16string TextFrom(Napi::Value value) {
  if (!value.IsString()) throw Napi::TypeError::New(value.Env(), "expected a string");
  return value.As<Napi::String>().Utf16Value();
}

// binding.d.ts's kinds of calls, outgoing and incoming.
struct Kind {
  const char* name;
  WORD flags;
};
constexpr Kind kKinds[] = {{"call", DISPATCH_METHOD | DISPATCH_PROPERTYGET},
                           {"get", DISPATCH_PROPERTYGET},
                           {"set", DISPATCH_PROPERTYPUT},
                           {"set-reference", DISPATCH_PROPERTYPUTREF}};

WORD FlagsFrom(Napi::Value value) {
  const std::string name = value.As<Napi::String>().Utf8Value();
  for (const Kind& kind : kKinds) {
    if (name == kind.name) return kind.flags;
  }
  throw Napi::TypeError::New(value.Env(), "expected a kind of call");
}

const char* KindOf(WORD flags) {
  if (flags & DISPATCH_METHOD) return "call";
  if (flags & DISPATCH_PROPERTYGET) return "get";
  return flags & DISPATCH_PROPERTYPUTREF ? "set-reference" : "set";
}

ExceptionText ExceptionFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  ExceptionText text;
  text.source = TextFrom(object.Get("source"));
  text.description = TextFrom(object.Get("description"));
  text.help_file = TextFrom(object.Get("helpFile"));
  text.help_context = object.Get("helpContext").As<Napi::Number>().Uint32Value();
  return text;
}

Napi::Object ExceptionTo(Napi::Env env, const ExceptionText& text) {
  auto object = Napi::Object::New(env);
  object.Set("source", Napi::String::New(env, text.source));
  object.Set("description", Napi::String::New(env, text.description));
  object.Set("helpFile", Napi::String::New(env, text.help_file));
  object.Set("helpContext", IntegerTo(env, text.help_context));
  return object;
}

template <typename Item, typename Convert>
Napi::Array ArrayTo(Napi::Env env, const std::vector<Item>& items, Convert convert) {
  auto array = Napi::Array::New(env, items.size());
  for (std::size_t i = 0; i < items.size(); ++i) array.Set(static_cast<uint32_t>(i), convert(items[i]));
  return array;
}

template <typename Visit>
void ForEach(Napi::Value value, Visit visit) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "expected an array");
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) visit(Napi::Value(array.Get(i)));
}

Napi::Object EventsTo(Napi::Env env, const EventSource& source) {
  auto members = Napi::Object::New(env);
  for (const auto& [name, dispid] : source.members)
    members.Set(Napi::String::New(env, name), IntegerTo(env, dispid));
  auto events = Napi::Object::New(env);
  events.Set("iid", Napi::String::New(env, GuidText(source.iid)));
  events.Set("members", members);
  return events;
}

Invocation InvocationFrom(Napi::Object object) {
  Invocation invocation;
  const Napi::Value member = object.Get("member");
  if (member.IsNumber())
    invocation.dispid = member.As<Napi::Number>().Int32Value();
  else
    invocation.name = TextFrom(member);
  invocation.flags = FlagsFrom(object.Get("kind"));
  ForEach(object.Get("args"), [&](Napi::Value arg) { invocation.args.push_back(FromJs(arg)); });
  ForEach(object.Get("named"), [&](Napi::Value item) {
    const auto named = ObjectFrom(item);
    invocation.named.emplace_back(TextFrom(named.Get("name")), FromJs(named.Get("value")));
  });
  return invocation;
}

MethodParameter ParameterFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  MethodParameter parameter;
  const auto type = TypeNamed(object.Get("type").As<Napi::String>().Utf8Value());
  if (!type) throw Napi::TypeError::New(value.Env(), "expected the type of a parameter");
  parameter.type = *type;
  const std::string direction = object.Get("direction").As<Napi::String>().Utf8Value();
  if (direction == "out") parameter.direction = MethodParameter::Direction::kOut;
  if (direction == "inout") parameter.direction = MethodParameter::Direction::kInOut;
  if (const Napi::Value length = object.Get("length"); length.IsNumber()) {
    parameter.buffer = true;
    parameter.length = length.As<Napi::Number>().Int32Value();
  }
  if (const Napi::Value size = object.Get("size"); size.IsNumber())
    parameter.size = size.As<Napi::Number>().Int32Value();
  if (const Napi::Value iid = object.Get("iid"); !iid.IsUndefined()) parameter.iid = InterfaceIdFrom(iid);
  return parameter;
}

ImplementedPart PartFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  ImplementedPart part;
  part.slot = object.Get("slot").As<Napi::Number>().Uint32Value();
  ForEach(object.Get("parameters"),
          [&](Napi::Value parameter) { part.parameters.push_back(ParameterFrom(parameter)); });
  return part;
}

MethodCall MethodCallFrom(Napi::Object object) {
  MethodCall call;
  call.iid = InterfaceIdFrom(object.Get("iid"));
  call.slot = object.Get("slot").As<Napi::Number>().Uint32Value();
  call.returns_hresult = object.Get("returns").As<Napi::String>().Utf8Value() != "void";
  ForEach(object.Get("parameters"),
          [&](Napi::Value parameter) { call.parameters.push_back(ParameterFrom(parameter)); });
  ForEach(object.Get("args"), [&](Napi::Value arg) { call.args.push_back(FromJs(arg)); });
  const Napi::Value step = object.Get("step");
  if (step.IsString())
    call.step =
        step.As<Napi::String>().Utf8Value() == "begin" ? MethodCall::Step::kBegin : MethodCall::Step::kFinish;
  return call;
}

// Tells JavaScript that a call object was signaled.
class JsCallListener final : public CallListener {
 public:
  explicit JsCallListener(Napi::Value signaled)
      : outbox_(Environment::Of(signaled.Env()).outbox()),
        signaled_(Environment::Of(signaled.Env()).callbacks().Add(FunctionFrom(signaled))) {}
  ~JsCallListener() override { outbox_->PostCallReleased(signaled_); }

  void Signaled() override { outbox_->PostCallSignaled(signaled_); }

 private:
  const std::shared_ptr<Outbox> outbox_;
  const CallbackId signaled_;
};

}  // namespace

Activation ActivationFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  const std::string kind = object.Get("kind").As<Napi::String>().Utf8Value();
  Activation activation;
  activation.name = TextFrom(object.Get("name"));
  if (kind == "active") {
    activation.kind = Activation::Kind::kActive;
  } else if (kind == "type-library") {
    activation.kind = Activation::Kind::kTypeLibrary;
  } else if (kind == "moniker") {
    activation.kind = Activation::Kind::kMoniker;
    if (const Napi::Value bind = object.Get("bind"); !bind.IsNull()) {
      const auto options = ObjectFrom(bind);
      bool lossless = true;
      const std::uint64_t window = options.Get("window").As<Napi::BigInt>().Uint64Value(&lossless);
      activation.bind = true;
      activation.context = options.Get("context").As<Napi::Number>().Uint32Value();
      activation.window = reinterpret_cast<HWND>(static_cast<ULONG_PTR>(window));
    }
  } else if (kind == "hosted") {
    activation.kind = Activation::Kind::kHosted;
    activation.host = HostHandle::HostFrom(object.Get("host"));
    if (const Napi::Value apartment = object.Get("apartment"); apartment.IsString())
      activation.made_in = apartment.As<Napi::String>().Utf8Value() == "sta"
                               ? hosting::MadeIn::kSingleThreaded
                               : hosting::MadeIn::kMultithreaded;
  } else {
    activation.context = object.Get("context").As<Napi::Number>().Uint32Value();
    const Napi::Value server = object.Get("server");
    if (!server.IsNull()) activation.server = TextFrom(server);
  }
  return activation;
}

CallSecurity CallSecurityFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  const auto number = [&](const char* name) { return object.Get(name).As<Napi::Number>().Uint32Value(); };
  return {number("authentication"), number("impersonation"), number("capabilities")};
}

ProxyBlanket ProxyBlanketFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  ProxyBlanket blanket;
  static_cast<CallSecurity&>(blanket) = CallSecurityFrom(value);
  blanket.service = object.Get("service").As<Napi::Number>().Uint32Value();
  blanket.authorization = object.Get("authorization").As<Napi::Number>().Uint32Value();
  if (const Napi::Value principal = object.Get("principal"); !principal.IsNull())
    blanket.principal = TextFrom(principal);
  return blanket;
}

Operation OperationFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  const std::string kind = object.Get("kind").As<Napi::String>().Utf8Value();
  if (kind == "look-up") return operation::LookUp{TextFrom(object.Get("member"))};
  if (kind == "next") return operation::Next{object.Get("count").As<Napi::Number>().Uint32Value()};
  if (kind == "events") return operation::Events{OptionalInterfaceIdFrom(object.Get("iid"))};
  if (kind == "describe") return operation::Describe{object.Get("brief").ToBoolean().Value()};
  if (kind == "describe-library") return operation::DescribeLibrary{};
  if (kind == "advise")
    return operation::Advise{InterfaceIdFrom(object.Get("iid")),
                             PointerHandle::PointerFrom(object.Get("sink"))};
  if (kind == "unadvise")
    return operation::Unadvise{InterfaceIdFrom(object.Get("iid")),
                               object.Get("cookie").As<Napi::Number>().Uint32Value()};
  if (kind == "server-process") return operation::FindProcess{};
  if (kind == "is") return operation::Is{PointerHandle::PointerFrom(object.Get("other"))};
  if (kind == "method") return MethodCallFrom(object);
  if (kind == "create-call")
    return operation::CreateCall{InterfaceIdFrom(object.Get("iid")),
                                 std::make_shared<JsCallListener>(object.Get("signaled"))};
  if (kind == "cancel-call")
    return operation::CancelCall{object.Get("seconds").As<Napi::Number>().Uint32Value()};
  if (kind == "test-call") return operation::TestCall{};
  if (kind == "wait-call") return operation::WaitCall{};
  return InvocationFrom(object);
}

Reply ReplyFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  Reply reply;
  reply.hresult = object.Get("hresult").As<Napi::Number>().Int32Value();
  if (const Napi::Value result = object.Get("value"); !result.IsUndefined()) reply.value = FromJs(result);
  if (const Napi::Value outs = object.Get("outs"); !outs.IsUndefined()) {
    ForEach(outs, [&](Napi::Value item) {
      const auto out = ObjectFrom(item);
      reply.outs.emplace_back(out.Get("position").As<Napi::Number>().Uint32Value(), FromJs(out.Get("value")));
    });
  }
  if (const Napi::Value exception = object.Get("exception"); !exception.IsUndefined())
    reply.exception = ExceptionFrom(exception);
  return reply;
}

Implementation::Members MembersFrom(Napi::Value value) {
  const auto object = ObjectFrom(value);
  Implementation::Members members;
  ForEach(object.GetPropertyNames(), [&](Napi::Value name) {
    members.emplace(Lower(Wide(TextFrom(name.ToString()))), object.Get(name).As<Napi::Number>().Int32Value());
  });
  return members;
}

Implementation::Interfaces InterfacesFrom(Napi::Value value) {
  Implementation::Interfaces interfaces;
  if (value.IsUndefined()) return interfaces;
  ForEach(value, [&](Napi::Value item) {
    const auto object = ObjectFrom(item);
    std::vector<ImplementedMethod> methods;
    ForEach(object.Get("methods"), [&](Napi::Value each) {
      const auto method = ObjectFrom(each);
      const bool returns_hresult = method.Get("returns").As<Napi::String>().Utf8Value() != "void";
      methods.push_back({returns_hresult, PartFrom(method.Get("whole")), PartFrom(method.Get("begin")),
                         PartFrom(method.Get("finish"))});
    });
    try {
      interfaces.push_back(std::make_shared<const ImplementedInterface>(
          InterfaceIdFrom(object.Get("iid")), OptionalInterfaceIdFrom(object.Get("asyncIid")),
          std::move(methods)));
    } catch (const std::length_error& error) {
      throw Napi::RangeError::New(value.Env(), error.what());
    }
  });
  return interfaces;
}

IID OptionalInterfaceIdFrom(Napi::Value value) {
  return value.IsNull() || value.IsUndefined() ? GUID_NULL : InterfaceIdFrom(value);
}

Napi::Value CancellationTo(Napi::Env env, const Cancellation& cancellation) {
  const auto by = [&]() -> const char* {
    switch (cancellation.by) {
      case Canceler::kCancel:
        return "cancel";
      case Canceler::kTimeout:
        return "timeout";
      case Canceler::kQueueTimeout:
        return "queueTimeout";
      case Canceler::kClose:
        return "close";
      default:
        return nullptr;
    }
  }();
  if (!by) return env.Undefined();
  auto object = Napi::Object::New(env);
  object.Set("by", Napi::String::New(env, by));
  object.Set("started", Napi::Boolean::New(env, cancellation.started));
  object.Set("busy", Napi::Boolean::New(env, cancellation.busy));
  object.Set("terminated", Napi::Boolean::New(env, cancellation.terminated));
  return object;
}

Napi::Object OutcomeTo(Napi::Env env, HRESULT hresult, const Outcome* outcome) {
  auto object = Napi::Object::New(env);
  object.Set("hresult", IntegerTo(env, hresult));
  object.Set("value", outcome && outcome->value ? Napi::Value(ToJs(env, *outcome->value)) : env.Null());
  object.Set("outs", ArrayTo(env, outcome ? outcome->outs : OutArguments(), [&](const auto& out) {
               auto item = Napi::Object::New(env);
               item.Set("position", IntegerTo(env, out.first));
               item.Set("value", ToJs(env, out.second));
               return item;
             }));
  object.Set("exception",
             outcome && outcome->exception ? Napi::Value(ExceptionTo(env, *outcome->exception)) : env.Null());
  object.Set("argument", IntegerTo(env, outcome ? outcome->argument : -1));
  if (outcome && outcome->events) object.Set("events", EventsTo(env, *outcome->events));
  if (outcome && outcome->description) object.Set("description", DescriptionTo(env, *outcome->description));
  if (outcome && outcome->library) object.Set("library", LibraryTo(env, *outcome->library));
  if (outcome && outcome->process) object.Set("process", ProcessHandle::Make(env, *outcome->process));
  if (FAILED(hresult) && !(outcome && outcome->exception && !outcome->exception->description.empty())) {
    if (const auto text = SystemText(hresult); !text.empty())
      object.Set("systemText", Napi::String::New(env, text));
  }
  return object;
}

Napi::Object IncomingTo(Napi::Env env, const IncomingCall& call) {
  auto object = Napi::Object::New(env);
  object.Set("key", IntegerTo(env, call.key));
  object.Set("dispid", IntegerTo(env, call.dispid));
  object.Set("kind", KindOf(call.flags));
  object.Set("args", ArrayTo(env, call.args, [&](const Value& value) { return ToJs(env, value); }));
  object.Set("threadId", IntegerTo(env, call.thread));
  if (call.method) {
    auto method = Napi::Object::New(env);
    method.Set("iid", Napi::String::New(env, GuidText(call.method->iid)));
    method.Set("slot", IntegerTo(env, call.method->slot));
    object.Set("method", method);
  }
  return object;
}

}  // namespace com_cancel
