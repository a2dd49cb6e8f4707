// Type information that lies. What no client of a Liar asks for is passed on to the honest type information.
#include "liar_types.h"

#include "host/counted_object.h"

using com_cancel::TakeOver;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

class LyingLibrary final : public com_cancel::CountedObject<ITypeLib> {
 public:
  LyingLibrary(SharedLies lies, ComPtr<ITypeLib> honest)
      : lies_(std::move(lies)), honest_(std::move(honest)) {}

  HRESULT STDMETHODCALLTYPE GetTypeInfoOfGuid(REFGUID guid, ITypeInfo** type) override {
    ComPtr<ITypeInfo> honest;
    const HRESULT hr = honest_->GetTypeInfoOfGuid(guid, honest.GetAddressOf());
    if (FAILED(hr)) return hr;
    return lies_->Return(Lie::kGetTypeInfoOfGuidNull, LyingType(lies_, std::move(honest)), type);
  }

  UINT STDMETHODCALLTYPE GetTypeInfoCount() override { return honest_->GetTypeInfoCount(); }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, ITypeInfo** type) override {
    return honest_->GetTypeInfo(index, type);
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfoType(UINT index, TYPEKIND* kind) override {
    return honest_->GetTypeInfoType(index, kind);
  }
  HRESULT STDMETHODCALLTYPE GetLibAttr(TLIBATTR** attributes) override {
    return honest_->GetLibAttr(attributes);
  }
  HRESULT STDMETHODCALLTYPE GetTypeComp(ITypeComp** compiler) override {
    return honest_->GetTypeComp(compiler);
  }
  HRESULT STDMETHODCALLTYPE GetDocumentation(INT index, BSTR* name, BSTR* text, DWORD* context,
                                             BSTR* file) override {
    return honest_->GetDocumentation(index, name, text, context, file);
  }
  HRESULT STDMETHODCALLTYPE IsName(LPOLESTR name, ULONG hash, BOOL* is) override {
    return honest_->IsName(name, hash, is);
  }
  HRESULT STDMETHODCALLTYPE FindName(LPOLESTR name, ULONG hash, ITypeInfo** types, MEMBERID* ids,
                                     USHORT* found) override {
    return honest_->FindName(name, hash, types, ids, found);
  }
  void STDMETHODCALLTYPE ReleaseTLibAttr(TLIBATTR* attributes) override {
    honest_->ReleaseTLibAttr(attributes);
  }

 private:
  const SharedLies lies_;
  const ComPtr<ITypeLib> honest_;
};

class LyingTypeInfo final : public com_cancel::CountedObject<ITypeInfo> {
 public:
  LyingTypeInfo(SharedLies lies, ComPtr<ITypeInfo> honest)
      : lies_(std::move(lies)), honest_(std::move(honest)) {}

  HRESULT STDMETHODCALLTYPE GetTypeAttr(TYPEATTR** attributes) override {
    *attributes = nullptr;
    if (lies_->Tell(Lie::kGetTypeAttrNull)) return S_OK;
    TYPEATTR* honest = nullptr;
    const HRESULT hr = honest_->GetTypeAttr(&honest);
    if (FAILED(hr)) return hr;
    *attributes = new TYPEATTR(*honest);
    honest_->ReleaseTypeAttr(honest);
    Change(**attributes);
    if (!lies_->Tell(Lie::kFailureWithPointer)) return S_OK;
    delete *attributes;
    return E_FAIL;
  }
  void STDMETHODCALLTYPE ReleaseTypeAttr(TYPEATTR* attributes) override { delete attributes; }

  HRESULT STDMETHODCALLTYPE GetFuncDesc(UINT index, FUNCDESC** function) override {
    *function = nullptr;
    if (lies_->Tell(Lie::kGetFuncDescNull)) return S_OK;
    const HRESULT hr = honest_->GetFuncDesc(index, function);
    if (FAILED(hr) || !lies_->Tell(Lie::kFailureWithPointer)) return hr;
    honest_->ReleaseFuncDesc(*function);
    return E_FAIL;
  }
  void STDMETHODCALLTYPE ReleaseFuncDesc(FUNCDESC* function) override { honest_->ReleaseFuncDesc(function); }

  HRESULT STDMETHODCALLTYPE GetNames(MEMBERID id, BSTR* names, UINT size, UINT* count) override {
    if (!lies_->Tell(Lie::kGetNamesNull)) return honest_->GetNames(id, names, size, count);
    *names = nullptr;
    *count = lies_->Junk() % 2 ? 1 : lies_->Junk();
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetRefTypeOfImplType(UINT index, HREFTYPE* reference) override {
    return honest_->GetRefTypeOfImplType(index % 2, reference);
  }
  HRESULT STDMETHODCALLTYPE GetImplTypeFlags(UINT index, INT* flags) override {
    const HRESULT hr = honest_->GetImplTypeFlags(index % 2, flags);
    if (lies_->Tell(Lie::kImplTypeFlagsJunk)) *flags = static_cast<INT>(lies_->Junk());
    return hr;
  }
  HRESULT STDMETHODCALLTYPE GetRefTypeInfo(HREFTYPE reference, ITypeInfo** type) override {
    ComPtr<ITypeInfo> honest;
    const HRESULT hr = honest_->GetRefTypeInfo(reference, honest.GetAddressOf());
    if (FAILED(hr)) return hr;
    return lies_->Return(Lie::kGetRefTypeInfoNull, LyingType(lies_, std::move(honest)), type);
  }
  HRESULT STDMETHODCALLTYPE GetContainingTypeLib(ITypeLib** library, UINT* index) override {
    ComPtr<ITypeLib> honest;
    const HRESULT hr = honest_->GetContainingTypeLib(honest.GetAddressOf(), index);
    if (FAILED(hr)) return hr;
    return lies_->Return(Lie::kGetContainingTypeLibNull,
                         TakeOver<ITypeLib>(new LyingLibrary(lies_, std::move(honest))), library);
  }

  HRESULT STDMETHODCALLTYPE GetTypeComp(ITypeComp** compiler) override {
    return honest_->GetTypeComp(compiler);
  }
  HRESULT STDMETHODCALLTYPE GetVarDesc(UINT index, VARDESC** variable) override {
    return honest_->GetVarDesc(index, variable);
  }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(LPOLESTR* names, UINT count, MEMBERID* ids) override {
    return honest_->GetIDsOfNames(names, count, ids);
  }
  HRESULT STDMETHODCALLTYPE Invoke(PVOID, MEMBERID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*, UINT*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE GetDocumentation(MEMBERID id, BSTR* name, BSTR* text, DWORD* context,
                                             BSTR* file) override {
    return honest_->GetDocumentation(id, name, text, context, file);
  }
  HRESULT STDMETHODCALLTYPE GetDllEntry(MEMBERID, INVOKEKIND, BSTR*, BSTR*, WORD*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE AddressOfMember(MEMBERID, INVOKEKIND, PVOID*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID, PVOID*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetMops(MEMBERID, BSTR*) override { return E_NOTIMPL; }
  void STDMETHODCALLTYPE ReleaseVarDesc(VARDESC* variable) override { honest_->ReleaseVarDesc(variable); }

 private:
  void Change(TYPEATTR& attributes) {
    if (lies_->Tell(Lie::kTypeIsDual)) attributes.wTypeFlags |= TYPEFLAG_FDUAL;
    if (lies_->Tell(Lie::kTypeIsVtable)) attributes.typekind = TKIND_INTERFACE;
    if (lies_->Tell(Lie::kTypeIsMarshal)) attributes.guid = IID_IMarshal;
    if (lies_->Tell(Lie::kTypeOfJunk)) {
      attributes.guid.Data1 = lies_->Junk();
      attributes.typekind = static_cast<TYPEKIND>(lies_->Junk());
      attributes.wTypeFlags = static_cast<WORD>(lies_->Junk());
    }
    if (lies_->Tell(Lie::kManyFunctions)) attributes.cFuncs = 0xFFFF;
    if (lies_->Tell(Lie::kManyInterfaces)) attributes.cImplTypes = 0xFFFF;
  }

  const SharedLies lies_;
  const ComPtr<ITypeInfo> honest_;
};

}  // namespace

ComPtr<ITypeInfo> LyingType(SharedLies lies, ComPtr<ITypeInfo> honest) {
  return TakeOver<ITypeInfo>(new LyingTypeInfo(std::move(lies), std::move(honest)));
}

}  // namespace prime
