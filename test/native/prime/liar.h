// Liar, the class Prime.Liar: a server that breaks COM's rules, in every way that a client can survive.
#pragma once

#include "host/counted_object.h"
#include "liar_points.h"
#include "lies.h"
// After win.h, which it needs.
#include <olectl.h>

namespace prime {

// It is honest until the object that its member Control returns tells it to lie.
class Liar final : public com_cancel::CountedObject<IDispatch>,
                   public IProvideClassInfo2,
                   public IConnectionPointContainer {
 public:
  // The members.
  static constexpr DISPID kControl = 1;
  static constexpr DISPID kEcho = 2;  // returns its argument, which may be by reference

  Liar();

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override { return CountedObject::AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return CountedObject::Release(); }

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID iid, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID iid, LCID locale, WORD kinds, DISPPARAMS* passed,
                                   VARIANT* result, EXCEPINFO* exception, UINT* argument) override;

  HRESULT STDMETHODCALLTYPE GetClassInfo(ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetGUID(DWORD kind, GUID* guid) override;

  HRESULT STDMETHODCALLTYPE EnumConnectionPoints(IEnumConnectionPoints** points) override;
  HRESULT STDMETHODCALLTYPE FindConnectionPoint(REFIID iid, IConnectionPoint** point) override;

 private:
  HRESULT Answer(DISPID id, const DISPPARAMS& passed, VARIANT* result);
  HRESULT LieAboutResult(HRESULT honest, DISPPARAMS& passed, VARIANT* result, EXCEPINFO* exception,
                         UINT* argument);

  const SharedLies lies_;
  const Microsoft::WRL::ComPtr<LyingPoint> point_;
};

// The class object.
HRESULT GetLiarFactory(REFIID iid, void** factory);

}  // namespace prime
