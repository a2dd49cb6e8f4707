// Described and Named.
#include "described.h"

#include <new>

#include "factory.h"
#include "members.h"
#include "variant.h"

namespace prime {
namespace {

class Named final : public com_cancel::CountedObject<IDispatchEx> {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    return CountedObject::QueryInterface(iid == __uuidof(IDispatch) ? __uuidof(IDispatchEx) : iid, object);
  }

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
    if (!count) return E_POINTER;
    *count = 0;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo** info) override {
    if (info) *info = nullptr;
    return DISP_E_BADINDEX;
  }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID, DISPID* ids) override {
    if (!names || !ids || count == 0) return E_INVALIDARG;
    for (UINT index = 0; index < count; ++index) ids[index] = DISPID_UNKNOWN;
    for (const DISPID id : {kAlpha, kBeta})
      if (SameName(NameOf(id), names[0])) ids[0] = id;
    return ids[0] == DISPID_UNKNOWN || count > 1 ? DISP_E_UNKNOWNNAME : S_OK;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS*, VARIANT* result, EXCEPINFO*,
                                   UINT*) override {
    if (result) VariantInit(result);
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE GetDispID(BSTR name, DWORD, DISPID* id) override {
    LPOLESTR text = name;
    return GetIDsOfNames(IID_NULL, &text, 1, 0, id);
  }
  HRESULT STDMETHODCALLTYPE InvokeEx(DISPID, LCID, WORD, DISPPARAMS*, VARIANT* result, EXCEPINFO*,
                                     IServiceProvider*) override {
    if (result) VariantInit(result);
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE DeleteMemberByName(BSTR, DWORD) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE DeleteMemberByDispID(DISPID) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetMemberProperties(DISPID id, DWORD, DWORD* properties) override {
    if (!properties) return E_POINTER;
    *properties = id == kAlpha ? fdexPropCanGet | fdexPropCanPut : fdexPropCanCall;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetMemberName(DISPID id, BSTR* name) override {
    if (!name) return E_POINTER;
    *name = SysAllocString(NameOf(id));
    return *name ? S_OK : E_OUTOFMEMORY;
  }
  HRESULT STDMETHODCALLTYPE GetNextDispID(DWORD, DISPID id, DISPID* next) override {
    if (!next) return E_POINTER;
    *next = id == DISPID_STARTENUM ? kAlpha : kBeta;
    return id == kBeta ? S_FALSE : S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetNameSpaceParent(IUnknown** parent) override {
    if (parent) *parent = nullptr;
    return E_NOTIMPL;
  }

 private:
  static constexpr DISPID kAlpha = 1;
  static constexpr DISPID kBeta = 2;
  static const wchar_t* NameOf(DISPID id) { return id == kAlpha ? L"alpha" : L"beta"; }
};

}  // namespace

IDispatch* NewNamed() { return new (std::nothrow) Named; }

HRESULT GetDescribedFactory(REFIID iid, void** factory) {
  const auto made = com_cancel::TakeOver(new (std::nothrow) Factory<Described>);
  return made ? made->QueryInterface(iid, factory) : E_OUTOFMEMORY;
}

HRESULT Described::GetTypeInfoCount(UINT* count) {
  if (!count) return E_POINTER;
  *count = 1;
  return S_OK;
}

HRESULT Described::GetTypeInfo(UINT index, LCID, ITypeInfo** info) {
  if (!info) return E_POINTER;
  *info = nullptr;
  if (index != 0) return DISP_E_BADINDEX;
  try {
    *info = DescribedType();
    (*info)->AddRef();
    return S_OK;
  } catch (const Failure& failure) {
    return failure.hresult;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

HRESULT Described::GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID, DISPID* ids) {
  try {
    return DescribedType()->GetIDsOfNames(names, count, ids);
  } catch (const Failure& failure) {
    return failure.hresult;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

HRESULT Described::Invoke(DISPID id, REFIID, LCID, WORD kinds, DISPPARAMS* passed, VARIANT* result,
                          EXCEPINFO*, UINT*) {
  if (!passed) return E_POINTER;
  if (result) VariantInit(result);
  const WORD wanted = id == kSearch || id == kSecret ? DISPATCH_METHOD
                      : id == kOwner                 ? DISPATCH_PROPERTYPUTREF
                                                     : DISPATCH_PROPERTYGET;
  if (id < kSearch || id > kNames || (kinds & wanted) == 0) return DISP_E_MEMBERNOTFOUND;
  if (id == kSearch && (passed->cArgs < 2 || passed->cArgs > 4)) return DISP_E_BADPARAMCOUNT;
  if (!result) return S_OK;
  if (id == kSearch) *result = Variant::Text(L"searched").Detach();
  if (id == kVersion) {
    result->vt = VT_R8;
    result->dblVal = 1.5;
  }
  if (id == kNames) {
    result->vt = VT_DISPATCH;
    result->pdispVal = NewNamed();
    if (!result->pdispVal) return E_OUTOFMEMORY;
  }
  return S_OK;
}

}  // namespace prime
