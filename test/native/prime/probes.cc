// Calls to a sink as faulty servers make them.
#include "probes.h"

#include <wrl/client.h>

#include <array>
#include <cwchar>

#include "classes.h"
#include "samples.h"
#include "variant.h"
// After win.h, which it needs.
#include <ocidl.h>

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

std::wstring TextOf(HRESULT hr) {
  std::array<wchar_t, 16> text{};
  std::swprintf(text.data(), text.size(), L"0x%08lX", static_cast<unsigned long>(hr));
  return text.data();
}

// IDispatch::Invoke of the event Found, with whatever is in `parameters`.
std::wstring Invoke(IDispatch* sink, WORD flags, DISPPARAMS* parameters) {
  Variant result;
  EXCEPINFO exception{};
  UINT argument = 0;
  const HRESULT hr = sink->Invoke(kFound, IID_NULL, LOCALE_USER_DEFAULT, flags, parameters, result.get(),
                                  &exception, &argument);
  std::wstring text = TextOf(hr);
  if (hr == DISP_E_EXCEPTION)
    text = TextOf(exception.scode) + L" " + std::wstring(ViewOf(exception.bstrDescription));
  SysFreeString(exception.bstrSource);
  SysFreeString(exception.bstrDescription);
  SysFreeString(exception.bstrHelpFile);
  return text;
}

std::wstring InvokeWith(IDispatch* sink, WORD flags, VARIANT argument, UINT names, DISPID* named) {
  DISPPARAMS parameters = {&argument, named, 1, names};
  return Invoke(sink, flags, &parameters);
}

// How many of COM's own interfaces it has.
std::wstring QueryAll(IUnknown* sink) {
  // IAgileObject and INoMarshal, which not every SDK declares.
  constexpr IID agile = {0x94EA2B94, 0xE9CC, 0x49E0, {0xC0, 0xFF, 0xEE, 0x64, 0xCA, 0x8F, 0x5B, 0x90}};
  constexpr IID no_marshal = {0xECC8691B, 0xC1DB, 0x4DC0, {0x85, 0x5E, 0x65, 0xF6, 0xC5, 0x51, 0xAF, 0x49}};
  const IID interfaces[] = {agile,
                            no_marshal,
                            __uuidof(IMarshal),
                            __uuidof(IProvideClassInfo),
                            __uuidof(IConnectionPoint),
                            __uuidof(IConnectionPointContainer),
                            __uuidof(IClientSecurity),
                            __uuidof(IExternalConnection),
                            __uuidof(ICancelMethodCalls),
                            kMembers};
  int answered = 0;
  for (const IID& iid : interfaces) {
    ComPtr<IUnknown> found;
    if (SUCCEEDED(sink->QueryInterface(iid, reinterpret_cast<void**>(found.GetAddressOf())))) ++answered;
  }
  return std::to_wstring(answered);
}

}  // namespace

std::wstring Probe(IUnknown* sink, std::wstring_view name) {
  if (name == L"COM's own interfaces") return QueryAll(sink);
  ComPtr<IDispatch> dispatch;
  Check(sink->QueryInterface(kEvents, reinterpret_cast<void**>(dispatch.GetAddressOf())));
  IDispatch* const to = dispatch.Get();
  const Variant number = Variant::Long(7);
  DISPID first = 0;
  DISPID value = DISPID_PROPERTYPUT;
  if (name == L"a call") return InvokeWith(to, DISPATCH_METHOD, *number, 0, nullptr);
  if (name == L"a named argument") return InvokeWith(to, DISPATCH_METHOD, *number, 1, &first);
  if (name == L"a value to set") return InvokeWith(to, DISPATCH_PROPERTYPUT, *number, 1, &value);
  if (name == L"a value of a method") return InvokeWith(to, DISPATCH_METHOD, *number, 1, &value);
  if (name == L"more names than arguments") return InvokeWith(to, DISPATCH_METHOD, *number, 2, &first);
  if (name == L"names without a list") return InvokeWith(to, DISPATCH_METHOD, *number, 1, nullptr);
  if (name == L"no flags") return InvokeWith(to, 0, *number, 0, nullptr);
  if (name == L"no parameters") return Invoke(to, DISPATCH_METHOD, nullptr);
  if (name == L"arguments without a list") {
    DISPPARAMS parameters = {nullptr, nullptr, 3, 0};
    return Invoke(to, DISPATCH_METHOD, &parameters);
  }
  if (name == L"a null reference") {
    VARIANT null{};
    V_VT(&null) = VT_BYREF | VT_I4;
    return InvokeWith(to, DISPATCH_METHOD, null, 0, nullptr);
  }
  if (name == L"a record") {
    Variant record;
    if (!MakeSample(L"record", to, record)) throw Failure{E_UNEXPECTED};
    return InvokeWith(to, DISPATCH_METHOD, *record, 0, nullptr);
  }
  if (name == L"a name that is null") {
    LPOLESTR null = nullptr;
    DISPID id = 0;
    return TextOf(to->GetIDsOfNames(IID_NULL, &null, 1, LOCALE_USER_DEFAULT, &id));
  }
  throw Failure{E_INVALIDARG};
}

}  // namespace prime
