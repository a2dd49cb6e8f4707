// Late-bound calls by IDispatch and IEnumVARIANT.
#include "automation/dispatch.h"

#include <algorithm>

#include "automation/arguments.h"
#include "automation/error_info.h"
#include "host/returned.h"
#include "host/text.h"
#include "threads/busy.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

constexpr LCID kLocale = LOCALE_USER_DEFAULT;

// Only proxies have IClientSecurity, for the security of their calls.
bool IsProxy(IDispatch* dispatch) {
  ComPtr<IClientSecurity> security;
  return SUCCEEDED(Query(dispatch, security));
}

// The content of EXCEPINFO after a failed call. Frees its strings.
ExceptionText TakeException(IDispatch* dispatch, EXCEPINFO& info) {
  // Marshaling may copy the function pointer as it is: in the client of a proxy it is not valid.
  if (info.pfnDeferredFillIn && !IsProxy(dispatch)) info.pfnDeferredFillIn(&info);
  ExceptionText text;
  text.source = TakeText(info.bstrSource);
  text.description = TakeText(info.bstrDescription);
  text.help_file = TakeText(info.bstrHelpFile);
  text.help_context = info.dwHelpContext;
  return text;
}

// The code behind DISP_E_EXCEPTION: an HRESULT, or a number that the server defines.
HRESULT CodeOf(const EXCEPINFO& info) {
  if (FAILED(info.scode)) return info.scode;
  return info.wCode ? MAKE_HRESULT(SEVERITY_ERROR, FACILITY_CONTROL, info.wCode) : DISP_E_EXCEPTION;
}

// The positions of arguments in DISPPARAMS, which has the named ones first, then the others in reverse order.
class Layout {
 public:
  explicit Layout(const Invocation& invocation)
      : positional_(invocation.args.size()),
        named_(invocation.named.size()),
        put_((invocation.flags & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)) != 0 && positional_ > 0) {}

  std::size_t size() const { return positional_ + named_; }
  // Whether a property is set. Its value is the last argument, and goes first, named DISPID_PROPERTYPUT.
  bool put() const { return put_; }
  std::size_t slot(std::size_t position) const {
    if (position >= positional_) return position - positional_ + (put_ ? 1 : 0);
    if (put_ && position == positional_ - 1) return 0;
    return size() - 1 - position;
  }
  int PositionOf(std::size_t wanted) const {
    for (std::size_t position = 0; position < size(); ++position) {
      if (slot(position) == wanted) return static_cast<int>(position);
    }
    return -1;
  }

 private:
  const std::size_t positional_;
  const std::size_t named_;
  const bool put_;
};

// The names in an invocation: the member, then the named arguments.
MemberIds::Names NamesIn(const Invocation& invocation) {
  MemberIds::Names names{invocation.name};
  for (const auto& named : invocation.named) names.push_back(named.first);
  return names;
}

// Queries the object for the DISPIDs of these names, and adds them to `known`.
HRESULT IdsOf(IDispatch* dispatch, const Invocation& invocation, MemberIds& known, MemberIds::Ids& ids,
              int& argument) {
  ids.assign(1 + invocation.named.size(), DISPID_UNKNOWN);
  if (invocation.name.empty()) {
    ids[0] = invocation.dispid;
    if (invocation.named.empty()) return S_OK;
    // COM looks names of arguments up only together with the name of their member.
    argument = static_cast<int>(invocation.args.size());
    return DISP_E_UNKNOWNNAME;
  }
  MemberIds::Names names = NamesIn(invocation);
  std::vector<LPOLESTR> pointers;
  pointers.reserve(names.size());
  for (auto& name : names) pointers.push_back(reinterpret_cast<LPOLESTR>(name.data()));
  HRESULT hr = dispatch->GetIDsOfNames(IID_NULL, pointers.data(), static_cast<UINT>(pointers.size()), kLocale,
                                       ids.data());
  const auto unknown = std::find(ids.begin(), ids.end(), DISPID_UNKNOWN);
  // A success without a DISPID is a faulty answer for a name that is not known.
  if (SUCCEEDED(hr) && unknown != ids.end()) hr = DISP_E_UNKNOWNNAME;
  if (hr == S_OK) known.Add(names, ids);
  if (hr == DISP_E_UNKNOWNNAME && unknown != ids.begin() && unknown != ids.end())
    argument = static_cast<int>(invocation.args.size()) + static_cast<int>(unknown - ids.begin()) - 1;
  return hr;
}

void Refuse(Outcome& outcome, HRESULT hr, const RefusedType& refused, const char* what) {
  outcome.hresult = hr;
  if (hr == DISP_E_BADVARTYPE) outcome.exception = ExceptionText{u"", DescribeRefusal(what, refused), u"", 0};
}

void InvokeOn(ComThread& home, IDispatch* dispatch, MemberIds& known, const Invocation& invocation,
              const Job& job, Outcome& outcome) {
  const PointerConversion pointers = PointersOf(home);
  const auto look_up = [&](MemberIds::Ids& ids) {
    const HRESULT hr =
        RetryWhileBusy(home, job, [&] { return IdsOf(dispatch, invocation, known, ids, outcome.argument); });
    return SUCCEEDED(hr) && job.canceled() ? RPC_E_CALL_CANCELED : hr;
  };
  MemberIds::Ids ids;
  const bool cached = !invocation.name.empty() && known.Find(NamesIn(invocation), &ids);
  if (!cached) {
    outcome.hresult = look_up(ids);
    if (FAILED(outcome.hresult)) return;
  }

  const Layout layout(invocation);
  Arguments arguments(layout.size());
  for (std::size_t position = 0; position < layout.size(); ++position) {
    const Value& value = position < invocation.args.size()
                             ? invocation.args[position]
                             : invocation.named[position - invocation.args.size()].second;
    RefusedType refused;
    const HRESULT hr = arguments.Set(layout.slot(position), value, pointers, &refused);
    if (FAILED(hr)) {
      outcome.argument = static_cast<int>(position);
      return Refuse(outcome, hr, refused, "an argument");
    }
  }

  OwnedVariant result;
  EXCEPINFO exception{};
  UINT fault = UINT_MAX;
  const auto invoke = [&] {
    std::vector<DISPID> named(ids.begin() + 1, ids.end());
    if (layout.put()) named.insert(named.begin(), DISPID_PROPERTYPUT);
    DISPPARAMS parameters{arguments.data(), named.data(), arguments.count(), static_cast<UINT>(named.size())};
    SetErrorInfo(0, nullptr);  // discards the error of an earlier call
    const HRESULT hr = RetryWhileBusy(home, job, [&] {
      return dispatch->Invoke(ids[0], IID_NULL, kLocale, invocation.flags, &parameters,
                              layout.put() ? nullptr : result.Receive(), &exception, &fault);
    });
    outcome.exception = FAILED(hr) ? TakeErrorInfo() : std::nullopt;
    return hr;
  };
  HRESULT hr = invoke();
  if (hr == DISP_E_MEMBERNOTFOUND && cached) {
    // Either the object has changed its members, or the error is about this call. In the second case, with
    // the same DISPIDs as before, the call is not repeated.
    known.Remove(NamesIn(invocation));
    MemberIds::Ids fresh;
    const HRESULT looked_up = look_up(fresh);
    if (FAILED(looked_up)) {
      outcome.hresult = looked_up;
      outcome.exception.reset();
      return;
    }
    if (fresh != ids) {
      ids = std::move(fresh);
      hr = invoke();
    }
  }
  outcome.hresult = hr;
  if (hr == DISP_E_EXCEPTION) {
    outcome.exception = TakeException(dispatch, exception);
    outcome.hresult = CodeOf(exception);
    return;
  }
  if (FAILED(hr)) {
    const bool has_fault = hr == DISP_E_TYPEMISMATCH || hr == DISP_E_PARAMNOTFOUND;
    if (has_fault && fault < layout.size()) outcome.argument = layout.PositionOf(fault);
    return;  // out parameters of a canceled call are ignored (C8)
  }

  RefusedType refused;
  Value value;
  const HRESULT converted = FromVariant(result.get(), pointers, &value, &refused);
  if (FAILED(converted)) return Refuse(outcome, converted, refused, "a result");
  outcome.value = std::move(value);
  for (std::size_t position = 0; position < layout.size(); ++position) {
    const std::size_t slot = layout.slot(position);
    if (!arguments.by_ref(slot)) continue;
    Value out;
    const HRESULT read = arguments.Get(slot, pointers, &out, &refused);
    if (FAILED(read)) {
      outcome.argument = static_cast<int>(position);
      return Refuse(outcome, read, refused, "a by-reference argument");
    }
    outcome.outs.emplace_back(position, std::move(out));
  }
}

}  // namespace

std::unique_ptr<Outcome> Invoke(ComThread& home, const Pointer& object, const Invocation& invocation,
                                const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IDispatch> dispatch;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&dispatch));
  if (SUCCEEDED(outcome->hresult))
    InvokeOn(home, dispatch.Get(), object.member_ids(), invocation, job, *outcome);
  return outcome;
}

std::unique_ptr<Outcome> LookUp(ComThread& home, const Pointer& object, const std::u16string& name,
                                const Job& job) {
  ComPtr<IDispatch> dispatch;
  HRESULT hr = Resolve(object, IID_PPV_ARGS(&dispatch));
  if (FAILED(hr)) return OutcomeOf(hr);
  Invocation member;
  member.name = name;
  MemberIds::Ids ids;
  int argument = -1;
  // Not from the cache: a look-up reports the current state of the object.
  hr = RetryWhileBusy(home, job,
                      [&] { return IdsOf(dispatch.Get(), member, object.member_ids(), ids, argument); });
  if (FAILED(hr) && hr != DISP_E_UNKNOWNNAME) return OutcomeOf(hr);
  auto outcome = std::make_unique<Outcome>();
  outcome->value = SUCCEEDED(hr) ? Value{ValueType::kI4, std::int64_t{ids[0]}} : Value{};
  return outcome;
}

std::unique_ptr<Outcome> Next(ComThread& home, const Pointer& enumerator, ULONG count, const Job& job) {
  ComPtr<IEnumVARIANT> items;
  HRESULT hr = Resolve(enumerator, IID_PPV_ARGS(&items));
  if (FAILED(hr)) return OutcomeOf(hr);
  // The VARIANTs that IEnumVARIANT::Next fills; the destructor clears each.
  struct Batch {
    explicit Batch(ULONG size) : variants(size) {}
    ~Batch() {
      for (VARIANT& variant : variants) VariantClear(&variant);
    }
    std::vector<VARIANT> variants;
  } batch(count);
  ULONG fetched = 0;
  hr = RetryWhileBusy(home, job, [&] { return items->Next(count, batch.variants.data(), &fetched); });
  // A faulty enumeration may say that it stored more items than there is room for.
  if (SUCCEEDED(hr) && fetched > count) hr = E_UNEXPECTED;
  if (FAILED(hr)) return OutcomeOf(hr);
  auto outcome = std::make_unique<Outcome>();
  const PointerConversion pointers = PointersOf(home);
  std::vector<Value> values(fetched);
  for (ULONG i = 0; i < fetched; ++i) {
    RefusedType refused;
    hr = FromVariant(batch.variants[i], pointers, &values[i], &refused);
    if (FAILED(hr)) {
      Refuse(*outcome, hr, refused, "an item");
      return outcome;
    }
  }
  outcome->value = ValueOf({ValueType::kVariant, {{fetched, 0}}, std::move(values)});
  return outcome;
}

}  // namespace com_cancel
