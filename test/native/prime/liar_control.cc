// The object that tells a Liar how to lie.
#include "liar_control.h"

#include <string>

#include "probes.h"
#include "variant.h"

using com_cancel::TakeOver;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// Its members have DISPIDs only.
class LiarControl final : public com_cancel::CountedObject<IDispatch> {
 public:
  LiarControl(SharedLies lies, ComPtr<LyingPoint> point) : lies_(std::move(lies)), point_(std::move(point)) {}

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
    *count = 0;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo** info) override {
    *info = nullptr;
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR*, UINT count, LCID, DISPID* ids) override {
    for (UINT index = 0; index < count; ++index) ids[index] = DISPID_UNKNOWN;
    return DISP_E_UNKNOWNNAME;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID, LCID, WORD, DISPPARAMS* passed, VARIANT* result,
                                   EXCEPINFO*, UINT*) override {
    try {
      const Variant argument =
          passed->cArgs > 0 ? Variant::CopyOf(passed->rgvarg[passed->cArgs - 1]) : Variant();
      Variant answer = Run(id, *argument);
      if (result) *result = answer.Detach();
      return S_OK;
    } catch (const Failure& failure) {
      return failure.hresult;
    } catch (...) {
      return E_OUTOFMEMORY;
    }
  }

 private:
  Variant Run(DISPID id, const VARIANT& argument) {
    switch (id) {
      case 1:  // the lies to tell, by name: `a; b`; a seed; or nothing, to be honest
        Tell(argument);
        return Variant();
      case 2:  // the number of lies told
        return Variant::Long(lies_->told());
      case 3:  // the name of the lie at an index; empty beyond the last one
        return LieAt(static_cast<size_t>(V_I4(&*Variant::Converted(argument, VT_I4))));
      case 4: {  // makes a call to the sink that is connected, and returns its result
        const ComPtr<IUnknown> sink = point_->Sink();
        if (!sink) throw Failure{E_UNEXPECTED};
        return Variant::Text(Probe(sink.Get(), ViewOf(V_BSTR(&argument))));
      }
      case 5:  // the objects of the module
        return Variant::Long(com_cancel::counters::objects);
      default:
        throw Failure{DISP_E_MEMBERNOTFOUND};
    }
  }

  void Tell(const VARIANT& argument) {
    if (V_VT(&argument) == VT_EMPTY) return lies_->TellOnly({});
    if (V_VT(&argument) != VT_BSTR)
      return lies_->TellAtRandom(static_cast<ULONG>(V_I4(&*Variant::Converted(argument, VT_I4))));
    Lies::Set lies;
    std::wstring_view names = ViewOf(V_BSTR(&argument));
    for (;;) {
      const size_t end = names.find(L"; ");
      lies[Named(names.substr(0, end))] = true;
      if (end == std::wstring_view::npos) break;
      names.remove_prefix(end + 2);
    }
    lies_->TellOnly(lies);
  }

  static size_t Named(std::wstring_view name) {
    for (size_t index = 0; index < kLieCount; ++index)
      if (name == NameOf(static_cast<Lie>(index))) return index;
    throw Failure{E_INVALIDARG};
  }

  static Variant LieAt(size_t index) {
    return index < kLieCount ? Variant::Text(NameOf(static_cast<Lie>(index))) : Variant();
  }

  const SharedLies lies_;
  const ComPtr<LyingPoint> point_;
};

}  // namespace

ComPtr<IDispatch> NewControl(SharedLies lies, ComPtr<LyingPoint> point) {
  return TakeOver<IDispatch>(new LiarControl(std::move(lies), std::move(point)));
}

}  // namespace prime
